"""The room's look: colours and arrangement of the page that everybody sees."""

from typing import Any

from fastapi.responses import HTMLResponse, Response

from escorts.domain.appearance import Appearance, Layout, Theme
from escorts.pages.dashboard.context import WRITES, InRoom, Room, room_router
from escorts.pages.dashboard.forms import LookForm
from escorts.pages.forms import REFUSED, pages
from escorts.pages.labels import build_profile_view, render_avatar
from kit.pages import Form, FormErrors, read_form

router = room_router()
THEMES = {
    Theme.HOUSE: ("House", "Garnet on ivory, as the rest of the site."),
    Theme.HARBOUR: ("Harbour", "Deep blue, clear and cool."),
    Theme.GARDEN: ("Garden", "Dark green, calm."),
    Theme.EMBER: ("Ember", "Burnt orange, warm."),
    Theme.SLATE: ("Slate", "No colour but ink."),
}
LAYOUTS = {
    Layout.PORTRAIT: ("Portrait", "The picture stands beside the text."),
    Layout.LETTER: ("Letter", "One quiet column; the text comes first."),
    Layout.BANNER: ("Banner", "The picture lies across the top."),
}


@router.get("/look")
async def look_page(room: InRoom) -> Response:
    """Show the themes and layouts, and the page as it looks."""
    return _look(room, room.uses.appearances.of(room.profile.id))


@router.post("/look", dependencies=WRITES)
async def save_look(room: InRoom) -> Response:
    """Save the choice; or show what it would look like, and save nothing."""
    form = await read_form(room.request, LookForm)
    if isinstance(form, FormErrors):
        return _look(room, room.uses.appearances.of(room.profile.id), REFUSED, form)
    chosen = Appearance(form.theme, form.layout)
    if form.action == "preview":
        return _look(room, chosen, unsaved=True)
    room.uses.dress(room.owner.user_id, room.profile.id, chosen)
    return room.see("look", "saved")


@router.post("/look/preview")
async def look_fragment(room: InRoom) -> HTMLResponse:
    """Return how the page would look, for htmx; nothing is saved."""
    form = await read_form(room.request, LookForm)
    if isinstance(form, FormErrors):
        look = room.uses.appearances.of(room.profile.id)
    else:
        look = Appearance(form.theme, form.layout)
    return pages.render(room.request, "_admin_preview.html", wrong=[], **_shown(room, look))


def _look(
    room: Room,
    look: Appearance,
    status: int = 200,
    form: Form | None = None,
    *,
    unsaved: bool = False,
) -> Response:
    return room.show(
        "admin_look.html",
        status,
        form=form or Form({"theme": look.theme, "layout": look.layout}),
        themes=[(key.value, *words) for key, words in THEMES.items()],
        layouts=[(key.value, *words) for key, words in LAYOUTS.items()],
        unsaved=unsaved,
        wrong=[],
        **_shown(room, look),
    )


def _shown(room: Room, look: Appearance) -> dict[str, Any]:
    return {
        "profile_view": build_profile_view(room.profile),
        "look": look,
        "render_avatar": render_avatar,
    }
