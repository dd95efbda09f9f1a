"""Pages of a provider: beginning a profile, what it still needs, what it says, who may see it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from contracts.identity import Permission
from escorts.dependencies import Owner, OwnerSide, limit_submissions, limit_writes
from escorts.domain.profile import Attributes, Content, Profile
from escorts.domain.standing import Action
from escorts.domain.vocabulary import LANGUAGES, SERVICES
from escorts.pages.forms import REFUSED, ConsentForm, DetailsForm, StartForm, see, show
from escorts.pages.words import picture, sight
from escorts.service.provider import Overview, Provider
from kit.auth import Principal, requires
from kit.errors import DomainError, NotFound
from kit.pages import Form, FormErrors, read_form

router = APIRouter(include_in_schema=False)

type Beginner = Annotated[Principal, requires(Permission.CREATE_ESCORT_PROFILE)]
_DONE = {
    "created": "Your profile has begun. Nobody but you sees it yet.",
    "details": "Your details are saved.",
    "offer": "Your offer is saved.",
    "submitted": "We have your request. A person of our staff looks at it next.",
    "published": "Your profile may be public again.",
    "withdraw": "Your profile is withdrawn, and your consent with it.",
    "hide": "Your profile is hidden.",
    "show": "Your profile is shown again.",
}


@router.get("/profile")
async def profile_page(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Show what is missing, or offer to begin."""
    profile = find(provider, owner)
    if profile is None:
        return _start(request, provider, Form())
    return _overview(request, provider, profile)


@router.post("/profile", dependencies=[Depends(limit_writes)])
async def begin(request: Request, owner: Beginner, provider: OwnerSide) -> Response:
    """Begin the profile."""
    form = await read_form(request, StartForm)
    if isinstance(form, FormErrors):
        return _start(request, provider, form)
    try:
        provider.create(owner.user_id, Content(form.name, form.city), form.date_of_birth)
    except DomainError as error:
        return _start(request, provider, FormErrors.of(error, form), error.status)
    return see("/profile?done=created")


@router.get("/profile/preview")
async def preview(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Show the profile as the public would see it."""
    profile = provider.mine(owner.user_id)
    return show(request, "preview.html", sight=sight(profile), verified_at=None, picture=picture)


@router.get("/profile/details")
async def details_page(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Show the form of what the profile says."""
    profile = provider.mine(owner.user_id)
    return _details(request, provider, profile, Form(_details_of(profile)))


@router.post("/profile/details", dependencies=[Depends(limit_writes)])
async def save_details(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Save what the profile says."""
    profile = provider.mine(owner.user_id)
    form = await read_form(request, DetailsForm)
    if isinstance(form, FormErrors):
        return _details(request, provider, profile, form, REFUSED)
    try:
        provider.update(
            owner.user_id,
            profile.id,
            form.version,
            _content(profile.content, form),
            slug=form.slug,
            birth_date=form.date_of_birth,
        )
    except DomainError as error:
        refused = FormErrors.of(error, form)
        return _details(request, provider, profile, refused, error.status)
    return see("/profile?done=details")


@router.post("/profile/submit", dependencies=[Depends(limit_submissions)])
async def submit(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Agree, publish, and ask to be verified."""
    return await _consent(request, owner, provider, submit=True)


@router.post("/profile/publish", dependencies=[Depends(limit_writes)])
async def publish(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Agree, and publish again."""
    return await _consent(request, owner, provider, submit=False)


@router.post("/profile/withdraw", dependencies=[Depends(limit_writes)])
async def withdraw(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Take the profile off the public."""
    return _move(request, owner, provider, Action.WITHDRAW)


@router.post("/profile/hide", dependencies=[Depends(limit_writes)])
async def hide(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Hide the profile for a while."""
    return _move(request, owner, provider, Action.HIDE)


@router.post("/profile/show", dependencies=[Depends(limit_writes)])
async def show_again(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Show the profile again."""
    return _move(request, owner, provider, Action.SHOW)


def find(provider: Provider, owner: Principal) -> Profile | None:
    """Return the caller's profile, if there is one yet."""
    try:
        return provider.mine(owner.user_id)
    except NotFound:
        return None


def done(request: Request) -> str:
    """Return what the last form achieved, to say it once."""
    return _DONE.get(request.query_params.get("done", ""), "")


async def _consent(
    request: Request, owner: Principal, provider: Provider, *, submit: bool
) -> Response:
    profile = provider.mine(owner.user_id)
    form = await read_form(request, ConsentForm)
    if isinstance(form, FormErrors):
        return _overview(request, provider, profile, REFUSED, form)
    try:
        act = provider.submit if submit else provider.publish
        act(owner.user_id, profile.id, form.consent_version)
    except DomainError as error:
        refused = FormErrors.of(error, form)
        return _overview(request, provider, profile, error.status, refused)
    return see(f"/profile?done={'submitted' if submit else 'published'}")


def _move(request: Request, owner: Principal, provider: Provider, action: Action) -> Response:
    profile = provider.mine(owner.user_id)
    try:
        provider.move(owner.user_id, profile.id, action)
    except DomainError as error:
        refused = FormErrors({}, {"": error.message})
        return _overview(request, provider, profile, error.status, refused)
    return see(f"/profile?done={action}")


def _overview(
    request: Request,
    provider: Provider,
    profile: Profile,
    status: int = 200,
    form: Form | None = None,
) -> Response:
    overview: Overview = provider.overview(profile)
    codes = {item.code for item in overview.todo}
    asks = bool(codes & {"publish", "consent", "verification"})
    waits = any(item.code == "verification" and item.waiting for item in overview.todo)
    return show(
        request,
        "provider.html",
        status,
        overview=overview,
        profile=profile,
        picture=picture,
        form=form or Form(),
        done=done(request),
        # Verification is asked for together with publishing, unless it waits or still holds.
        asks_to_submit="verification" in codes and not waits,
        asks_to_publish=asks and not ("verification" in codes and not waits)
        and bool(codes & {"publish", "consent"}),
    )  # fmt: skip


def _start(request: Request, provider: Provider, form: Form, status: int = 200) -> Response:
    refused = status if status != 200 else REFUSED if form.errors else 200
    return show(request, "start.html", refused, form=form, cities=cities(provider))


def cities(provider: Provider) -> list[tuple[str, str]]:
    """Return the cities to choose from."""
    return [(city.slug, city.name) for city in provider.directory.cities() if city.listed]


def _details(
    request: Request, provider: Provider, profile: Profile, form: Form, status: int = 200
) -> Response:
    return show(
        request,
        "details.html",
        status,
        form=form,
        profile=profile,
        cities=cities(provider),
        languages=sorted(LANGUAGES.items(), key=lambda item: item[1]),
        services=sorted(SERVICES.items(), key=lambda item: item[1]),
    )


def _details_of(profile: Profile) -> dict[str, Any]:
    content, looks = profile.content, profile.content.attributes
    return {
        "name": content.name,
        "slug": profile.slug,
        "city": content.city,
        "bio": content.bio,
        "languages": content.languages,
        "services": content.services,
        "heightCm": looks.height_cm,
        "weightKg": looks.weight_kg,
        "measurements": looks.measurements,
        "hairColor": looks.hair_color,
        "eyeColor": looks.eye_color,
        "ethnicity": looks.ethnicity,
    }


def _content(content: Content, form: DetailsForm) -> Content:
    looks = Attributes(
        form.height_cm,
        form.weight_kg,
        form.measurements,
        form.hair_color,
        form.eye_color,
        form.ethnicity,
    )
    return Content(
        name=form.name,
        city=form.city,
        bio=form.bio,
        attributes=looks,
        languages=tuple(form.languages),
        services=tuple(form.services),
        rates=content.rates,
        locations=content.locations,
        availability=content.availability,
    )
