"""The room's editor: what the profile says, with a preview beside it."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from fastapi.responses import HTMLResponse, Response

from escorts.domain.cities import require_city
from escorts.domain.content import checked
from escorts.domain.profiles import Attributes, Content, Profile
from escorts.domain.vocabulary import LANGUAGES, SERVICES
from escorts.pages.dashboard.context import WRITES, InRoom, Room, room_router
from escorts.pages.dashboard.forms import DetailsForm
from escorts.pages.forms import REFUSED, pages
from escorts.pages.labels import build_profile_view, render_avatar
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form

router = room_router()
_CHANGED = 412
_LABELS = {
    "name": "Name",
    "city": "City",
    "bio": "About you",
    "languages": "Languages",
    "services": "Services",
    "heightCm": "Height",
    "weightKg": "Weight",
    "measurements": "Measurements",
    "hairColor": "Hair",
    "eyeColor": "Eyes",
    "ethnicity": "Ethnicity",
}
_WORDS = {"languages": LANGUAGES, "services": SERVICES}


@router.get("/profile")
async def editor_page(room: InRoom) -> Response:
    """Show the form of what the profile says, and how it looks."""
    return _editor(room, Form(_details(room.profile.content)), room.profile)


@router.post("/profile", dependencies=WRITES)
async def save_profile(room: InRoom) -> Response:
    """Save what the profile says; or show what it would look like, and save nothing."""
    form = await read_form(room.request, DetailsForm)
    if isinstance(form, FormErrors):
        return _editor(room, form, room.profile, REFUSED)
    kept = Form(form.model_dump(mode="json", by_alias=True))
    profile = room.provider.own(room.owner.user_id, room.profile.id)
    try:
        if form.action == "preview":
            return _editor(room, kept, _draft(room, form), unsaved=True)
        if form.seen != fingerprint(profile.content):
            return _conflict(room, form, profile)
        room.provider.update(
            room.owner.user_id,
            profile.id,
            profile.version,
            _content(profile.content, form),
            birth_date=form.date_of_birth,
        )
    except DomainError as error:
        return _editor(room, FormErrors.from_error(error, form), room.profile, error.status)
    return room.see("profile", "saved")


@router.post("/profile/preview")
async def preview_fragment(room: InRoom) -> HTMLResponse:
    """Return how the profile would look, for htmx; nothing is saved."""
    form = await read_form(room.request, DetailsForm)
    if isinstance(form, FormErrors):
        wrong = [f"{form.label(name)}: {text}" for name, text in form.errors.items()]
        return _preview(room, room.profile, wrong)
    try:
        return _preview(room, _draft(room, form))
    except DomainError as error:
        return _preview(room, room.profile, [error.message])


def fingerprint(content: Content) -> str:
    """Return a name for what this form edits: a change of rates or hours is no conflict here."""
    text = json.dumps(_details(content), sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _draft(room: Room, form: DetailsForm) -> Profile:
    """Return the profile as it would be, refused as saving it would be."""
    content = _content(room.profile.content, form)
    city = require_city(room.provider.directory.cities(), content.city, "city")
    return replace(room.profile, content=checked(content, city), city_name=city.name)


def _conflict(room: Room, form: DetailsForm, saved: Profile) -> Response:
    """Show both versions: what she wrote stays in the form, what was saved stands beside it."""
    mine = _details(_content(saved.content, form))
    theirs = _details(saved.content)
    both = [
        (label, _say(name, mine[name]), _say(name, theirs[name]))
        for name, label in _LABELS.items()
        if mine[name] != theirs[name]
    ]
    kept = Form(form.model_dump(mode="json", by_alias=True))
    return _editor(room, kept, saved, _CHANGED, both=both)


def _editor(
    room: Room,
    form: Form,
    shown: Profile,
    status: int = 200,
    *,
    unsaved: bool = False,
    both: list[tuple[str, str, str]] | None = None,
) -> Response:
    return room.show(
        "admin_profile.html",
        status,
        form=form,
        seen=fingerprint(room.profile.content),
        cities=[(city.slug, city.name) for city in room.provider.directory.cities() if city.listed],
        languages=sorted(LANGUAGES.items(), key=lambda item: item[1]),
        services=sorted(SERVICES.items(), key=lambda item: item[1]),
        unsaved=unsaved,
        both=both,
        wrong=[],
        **_shown(room, shown),
    )


def _preview(room: Room, shown: Profile, wrong: list[str] | None = None) -> HTMLResponse:
    context = _shown(room, shown)
    return pages.render(room.request, "_admin_preview.html", wrong=wrong or [], **context)


def _shown(room: Room, shown: Profile) -> dict[str, Any]:
    look = room.uses.appearances.of(shown.id)
    return {"profile_view": build_profile_view(shown), "look": look, "render_avatar": render_avatar}


def _details(content: Content) -> dict[str, Any]:
    looks = content.attributes
    return {
        "name": content.name,
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


def _say(name: str, value: object) -> str:
    if isinstance(value, tuple):
        words = _WORDS[name]
        return ", ".join(words.get(str(key), str(key)) for key in value) or "nothing"
    return "nothing" if value in (None, "") else str(value)


def _content(content: Content, form: DetailsForm) -> Content:
    looks = Attributes(
        form.height_cm,
        form.weight_kg,
        form.measurements,
        form.hair_color,
        form.eye_color,
        form.ethnicity,
    )
    return replace(
        content,
        name=form.name,
        city=form.city,
        bio=form.bio,
        attributes=looks,
        languages=tuple(form.languages),
        services=tuple(form.services),
    )
