"""Dashboard page to edit the profile, with a preview beside the form."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from fastapi.responses import HTMLResponse, Response

from escorts.domain.cities import require_city
from escorts.domain.content import validate_content
from escorts.domain.profiles import Attributes, Content, Profile
from escorts.pages.dashboard.context import (
    WRITES,
    ProviderContext,
    ProviderContextDep,
    dashboard_router,
)
from escorts.pages.dashboard.forms import ProfileForm
from escorts.pages.filters import service_options
from escorts.pages.form_options import language_options
from escorts.pages.forms import pages
from escorts.pages.labels import build_profile_view, render_avatar, service_label
from kit import formats
from kit.errors import DomainError
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors, handle_form, read_form

router = dashboard_router()
_PRECONDITION_FAILED = 412
_FIELD_LABELS = {
    "name": N_("Name"),
    "city": N_("City"),
    "bio": N_("About you"),
    "languages": N_("Languages"),
    "services": N_("Services"),
    "heightCm": N_("Height"),
    "weightKg": N_("Weight"),
    "measurements": N_("Measurements"),
    "hairColor": N_("Hair"),
    "eyeColor": N_("Eyes"),
    "ethnicity": N_("Ethnicity"),
}
_VALUE_LABELS = {"languages": formats.language_name, "services": service_label}


@router.get("/profile")
async def editor_page(context: ProviderContextDep) -> Response:
    """Show the editor with a preview."""
    return _render_editor(context, Form(_field_values(context.profile.content)), context.profile)


@router.post("/profile", dependencies=WRITES)
async def save_profile(context: ProviderContextDep) -> Response:
    """Save the content, or render a preview without saving."""

    def save(form: ProfileForm) -> Response:
        owner = context.owner.user_id
        profile = context.profile_service.get_own_for_update(owner, context.profile.id)
        if form.action == "preview":
            filled = Form(form.model_dump(mode="json", by_alias=True))
            return _render_editor(context, filled, _draft_profile(context, form), unsaved=True)
        if form.fingerprint != fingerprint(profile.content):
            return _render_conflict(context, form, profile)
        content = _with_form(profile.content, form)
        context.profile_service.update(
            owner, profile.id, profile.version, content, birth_date=form.date_of_birth
        )
        return context.redirect("profile", "saved")

    return await handle_form(
        context.request,
        ProfileForm,
        save,
        lambda form, status: _render_editor(context, form, context.profile, status),
    )


@router.post("/profile/preview")
async def preview_fragment(context: ProviderContextDep) -> HTMLResponse:
    """Return the preview for htmx; nothing is saved."""
    form = await read_form(context.request, ProfileForm)
    if isinstance(form, FormErrors):
        problems = [f"{form.label(name)}: {text}" for name, text in form.errors.items()]
        return _render_preview(context, context.profile, problems)
    try:
        return _render_preview(context, _draft_profile(context, form))
    except DomainError as error:
        return _render_preview(context, context.profile, [error.message])


def fingerprint(content: Content) -> str:
    """Return a fingerprint of the fields of this form: a change of rates or hours is no conflict here."""
    text = json.dumps(_field_values(content), sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _draft_profile(context: ProviderContext, form: ProfileForm) -> Profile:
    """Return the unsaved profile, or raise the error that saving it would raise."""
    content = _with_form(context.profile.content, form)
    city = require_city(context.profile_service.directory.cities(), content.city, "city")
    return replace(context.profile, content=validate_content(content, city), city_name=city.name)


def _render_conflict(context: ProviderContext, form: ProfileForm, saved: Profile) -> Response:
    """Show both versions: the entered one stays in the form, the saved one stands beside it."""
    entered = _field_values(_with_form(saved.content, form))
    stored = _field_values(saved.content)
    differences = [
        (_(label), _format_value(name, entered[name]), _format_value(name, stored[name]))
        for name, label in _FIELD_LABELS.items()
        if entered[name] != stored[name]
    ]
    filled = Form(form.model_dump(mode="json", by_alias=True))
    return _render_editor(context, filled, saved, _PRECONDITION_FAILED, differences=differences)


def _render_editor(
    context: ProviderContext,
    form: Form,
    shown: Profile,
    status: int = 200,
    *,
    unsaved: bool = False,
    differences: list[tuple[str, str, str]] | None = None,
) -> Response:
    return context.render(
        "dashboard_profile.html",
        status,
        form=form,
        fingerprint=fingerprint(context.profile.content),
        cities=[
            (city.slug, city.name)
            for city in context.profile_service.directory.cities()
            if city.listed
        ],
        languages=language_options(),
        services=service_options(),
        unsaved=unsaved,
        differences=differences,
        problems=[],
        **_preview_context(context, shown),
    )


def _render_preview(
    context: ProviderContext, shown: Profile, problems: list[str] | None = None
) -> HTMLResponse:
    values = _preview_context(context, shown)
    return pages.render(
        context.request, "_dashboard_preview.html", problems=problems or [], **values
    )


def _preview_context(context: ProviderContext, shown: Profile) -> dict[str, Any]:
    appearance = context.settings_service.appearances.get(shown.id)
    return {
        "profile_view": build_profile_view(shown),
        "appearance": appearance,
        "render_avatar": render_avatar,
    }


def _field_values(content: Content) -> dict[str, Any]:
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


def _format_value(name: str, value: object) -> str:
    if isinstance(value, tuple):
        labels = [_VALUE_LABELS[name](str(key)) for key in value]
        return formats.format_list(labels, "unit-short") if labels else _("empty")
    return _("empty") if value in (None, "") else str(value)


def _with_form(content: Content, form: ProfileForm) -> Content:
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
