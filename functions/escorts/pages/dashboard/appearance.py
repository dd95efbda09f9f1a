"""Dashboard page for the theme and layout of the public profile page."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from fastapi.responses import HTMLResponse, Response

from escorts.domain.appearance import Appearance, Layout, Theme
from escorts.pages.dashboard.context import (
    WRITES,
    ProviderContext,
    ProviderContextDep,
    dashboard_router,
)
from escorts.pages.dashboard.forms import AppearanceForm
from escorts.pages.forms import pages
from escorts.pages.labels import build_profile_view, render_avatar
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors, handle_form, read_form

router = dashboard_router()
THEMES = {
    Theme.HOUSE: (N_("House"), N_("Garnet on ivory, as the rest of the site.")),
    Theme.HARBOUR: (N_("Harbour"), N_("Deep blue, clear and cool.")),
    Theme.GARDEN: (N_("Garden"), N_("Dark green, calm.")),
    Theme.EMBER: (N_("Ember"), N_("Burnt orange, warm.")),
    Theme.SLATE: (N_("Slate"), N_("No colour but ink.")),
}
LAYOUTS = {
    Layout.PORTRAIT: (N_("Portrait"), N_("The picture stands beside the text.")),
    Layout.LETTER: (N_("Letter"), N_("One quiet column; the text comes first.")),
    Layout.BANNER: (N_("Banner"), N_("The picture lies across the top.")),
}


@router.get("/appearance")
async def appearance_page(context: ProviderContextDep) -> Response:
    """Show the themes and layouts with a preview."""
    return _render_appearance(context, context.settings_service.appearances.get(context.profile.id))


@router.post("/appearance", dependencies=WRITES)
async def save_appearance(context: ProviderContextDep) -> Response:
    """Save the choice, or render a preview without saving."""

    def save(form: AppearanceForm) -> Response:
        chosen = Appearance(form.theme, form.layout)
        if form.action == "preview":
            return _render_appearance(context, chosen, unsaved=True)
        context.settings_service.set_appearance(context.owner.user_id, context.profile.id, chosen)
        return context.redirect("appearance", "saved")

    def render_errors(form: FormErrors, status: int) -> Response:
        saved = context.settings_service.appearances.get(context.profile.id)
        return _render_appearance(context, saved, status, form)

    return await handle_form(context.request, AppearanceForm, save, render_errors)


@router.post("/appearance/preview")
async def preview_fragment(context: ProviderContextDep) -> HTMLResponse:
    """Return the preview for htmx; nothing is saved."""
    form = await read_form(context.request, AppearanceForm)
    if isinstance(form, FormErrors):
        appearance = context.settings_service.appearances.get(context.profile.id)
    else:
        appearance = Appearance(form.theme, form.layout)
    return pages.render(
        context.request,
        "_dashboard_preview.html",
        problems=[],
        **_preview_context(context, appearance),
    )


def _render_appearance(
    context: ProviderContext,
    appearance: Appearance,
    status: int = 200,
    form: Form | None = None,
    *,
    unsaved: bool = False,
) -> Response:
    return context.render(
        "dashboard_appearance.html",
        status,
        form=form or Form({"theme": appearance.theme, "layout": appearance.layout}),
        themes=_options(THEMES),
        layouts=_options(LAYOUTS),
        unsaved=unsaved,
        problems=[],
        **_preview_context(context, appearance),
    )


def _preview_context(context: ProviderContext, appearance: Appearance) -> dict[str, Any]:
    return {
        "profile_view": build_profile_view(context.profile),
        "appearance": appearance,
        "render_avatar": render_avatar,
    }


def _options[T: StrEnum](labels: Mapping[T, tuple[str, str]]) -> list[tuple[str, str, str]]:
    return [(key.value, _(label), _(hint)) for key, (label, hint) in labels.items()]
