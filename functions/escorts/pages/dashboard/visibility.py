"""The room's switches: who may see the profile, and at which address."""

from fastapi import Depends
from fastapi.responses import Response

from escorts.dashboard_dependencies import limit_room_submissions
from escorts.domain.publication import Action
from escorts.domain.slugs import MAX_PER_PROFILE
from escorts.pages.dashboard.context import WRITES, InRoom, Room, room_router
from escorts.pages.dashboard.forms import ConsentForm, SlugForm
from escorts.pages.dashboard.overview import state_of, verification_says
from escorts.pages.forms import REFUSED, see
from kit import clock
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form

router = room_router()


@router.get("/visibility")
async def visibility_page(room: InRoom) -> Response:
    """Show who sees the profile, and where."""
    return _visibility(room)


@router.post("/visibility/submit", dependencies=[Depends(limit_room_submissions)])
async def submit(room: InRoom) -> Response:
    """Agree, publish, and ask to be verified."""
    return await _consent(room, submit=True)


@router.post("/visibility/publish", dependencies=WRITES)
async def publish(room: InRoom) -> Response:
    """Agree, and publish again."""
    return await _consent(room, submit=False)


@router.post("/visibility/withdraw", dependencies=WRITES)
async def withdraw(room: InRoom) -> Response:
    """Take the profile off the public, and consent back."""
    return _move(room, Action.WITHDRAW)


@router.post("/visibility/hide", dependencies=WRITES)
async def hide(room: InRoom) -> Response:
    """Hide the profile for a while."""
    return _move(room, Action.HIDE)


@router.post("/visibility/show", dependencies=WRITES)
async def show_again(room: InRoom) -> Response:
    """Show the profile again."""
    return _move(room, Action.SHOW)


@router.post("/visibility/address", dependencies=WRITES)
async def rename(room: InRoom) -> Response:
    """Move the profile to another address."""
    form = await read_form(room.request, SlugForm, prefix="address")
    if isinstance(form, FormErrors):
        return _visibility(room, REFUSED, address=form)
    profile = room.provider.own(room.owner.user_id, room.profile.id)
    try:
        moved = room.uses.rename(room.owner.user_id, profile.id, profile.version, form.slug)
    except DomainError as error:
        refused = FormErrors.from_error(error, form, prefix="address")
        return _visibility(room, error.status, address=refused)
    done = "saved" if moved.slug == profile.slug else "renamed"
    return see(f"/{moved.slug}/admin/visibility?done={done}")


async def _consent(room: Room, *, submit: bool) -> Response:
    form = await read_form(room.request, ConsentForm)
    if isinstance(form, FormErrors):
        return _visibility(room, REFUSED, consent=form)
    act = room.provider.submit if submit else room.provider.publish
    try:
        act(room.owner.user_id, room.profile.id, form.consent_version)
    except DomainError as error:
        return _visibility(room, error.status, consent=FormErrors.from_error(error, form))
    return room.see("visibility", "submitted" if submit else "published")


def _move(room: Room, action: Action) -> Response:
    try:
        room.provider.move(room.owner.user_id, room.profile.id, action)
    except DomainError as error:
        return _visibility(room, error.status, move=FormErrors({}, {"": error.message}))
    return room.see("visibility", action)


def _visibility(room: Room, status: int = 200, **forms: Form) -> Response:
    overview = room.provider.overview(room.profile)
    codes = {item.code for item in overview.todo}
    waits = any(item.code == "verification" and item.waiting for item in overview.todo)
    missing = [item.text for item in overview.todo if item.code in _CONTENT]
    # Verification is asked for together with publishing, unless it waits or still holds.
    to_submit = "verification" in codes and not waits
    latest = overview.verification
    renews = latest is not None and not to_submit and latest.is_renewable(clock.now())
    slugs = room.provider.profiles.slugs(room.profile.id)
    empty = {
        "consent": Form(),
        "move": Form(),
        "address": Form({"slug": room.profile.slug}, prefix="address"),
    }
    return room.show(
        "admin_visibility.html",
        status,
        overview=overview,
        state=state_of(overview),
        verification=verification_says(overview.verification),
        missing=missing,
        asks_to_submit=to_submit,
        asks_to_publish=not to_submit and bool(codes & {"publish", "consent"}),
        renews=renews,
        former=[slug for slug in slugs if slug != room.profile.slug],
        changes_left=MAX_PER_PROFILE - len(slugs),
        **(empty | forms),
    )


_CONTENT = frozenset({"bio", "languages", "services", "rates", "locations", "availability"})
