"""The general settings page: locking, currency, country and retention periods."""

from typing import Annotated, Any

from fastapi.responses import Response
from pydantic import Field, create_model

from crm.dependencies import UnlockedDep
from crm.domain.retention import RULES, DataClass, RetentionRule
from crm.domain.settings import WorkspaceSettings
from crm.pages.context import (
    WRITE_DEPENDENCIES,
    LockAwarePageContext,
    LockAwarePageDep,
    page_router,
)
from crm.service.retention import RetentionPreview, RetentionService
from crm.service.settings import load_settings, save_settings
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.http import Request as Body
from kit.i18n import N_, ngettext
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors

router = page_router("/settings")
DATA_CLASS_LABELS = {
    DataClass.REFERENCES: N_("References"),
    DataClass.SCREENING: N_("Screening"),
    DataClass.COMMUNICATIONS: N_("Messages and calls"),
    DataClass.VISIT_NOTES: N_("Notes about visits"),
    DataClass.ARCHIVED_CLIENTS: N_("Archived clients"),
    DataClass.INACTIVE_CLIENTS: N_("Inactive clients"),
    DataClass.AUDIT: N_("Activity log"),
}

_RECEIPT_LABELS = {"retention": N_("Retention rule"), "clear": N_("All clients deleted by you")}


class SettingsForm(Body):
    """Settings of the workspace."""

    auto_lock_minutes: Annotated[int, Field(ge=1, le=15, title=N_("Lock after inactivity"))]
    unlock_minutes: Annotated[int, Field(ge=5, le=480, title=N_("Lock in any case"))]
    default_currency: Annotated[str, Field(pattern=r"^[A-Za-z]{3}$", title=N_("Currency"))]
    default_region: Annotated[str, Field(pattern=r"^[A-Za-z]{2}$", title=N_("Country"))]

    def to_settings(self) -> WorkspaceSettings:
        """Return the settings for the use case."""
        values = self.model_dump()
        for name in ("default_currency", "default_region"):
            values[name] = values[name].upper()
        return WorkspaceSettings(**values)


_DAYS: dict[str, Any] = {
    str(one): (Annotated[int | None, Field(ge=1, le=10_000, title=DATA_CLASS_LABELS[one])], None)
    for one in RULES
}
# One field for each kind of data, named like it, so that an error appears beside its field.
TermsForm: type[Body] = create_model("TermsForm", __base__=Body, **_DAYS)


@router.get("")
async def settings_page(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Show all settings."""
    return _page(context, unlocked)


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def save(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Save the settings."""

    def action(form: SettingsForm) -> Response:
        save_settings(unlocked, context.access.audit_log, form.to_settings())
        return context.redirect("/settings", "saved")

    return await context.handle_form(
        SettingsForm,
        action,
        lambda form, status: _page(context, unlocked, status, settings_form=form),
    )


@router.post("/retention", dependencies=WRITE_DEPENDENCIES)
async def save_retention(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Save the retention periods; an empty field restores the default."""

    def action(form: Body) -> Response:
        chosen = form.model_dump(by_alias=True)
        days = {one: chosen[_alias(one)] for one in RULES}
        rules = _rules(context)
        before = {term.data_class: term for term in rules.terms()}
        changed = {
            one: number
            for one, number in days.items()
            if (number is None) == before[one].is_chosen or number not in (None, before[one].days)
        }
        try:
            rules.save(changed)
        except Invalid as error:
            error.field = _alias(DataClass(error.field)) if error.field in set(RULES) else None
            raise
        return context.redirect("/settings", "saved")

    def render_errors(form: FormErrors, status: int) -> Response:
        return _page(context, unlocked, status, terms=form)

    return await context.handle_form(TermsForm, action, render_errors, prefix="keep")


def _page(
    context: LockAwarePageContext, unlocked: UnlockedContext, status: int = 200, **forms: Form
) -> Response:
    settings = load_settings(unlocked.work, unlocked.provider_id)
    rules = _rules(context)
    terms = rules.terms()
    filled = {
        "settings_form": Form({_camel(name): value for name, value in settings.to_json().items()}),
        "terms": Form(
            {_alias(one.data_class): one.days for one in terms if one.is_chosen}, prefix="keep"
        ),
    }
    return context.render(
        "settings.html",
        status,
        heading=_("General settings"),
        tonight=_tonight(rules),
        classes=[
            (
                _alias(one.data_class),
                _(DATA_CLASS_LABELS[one.data_class]),
                _hint(one.rule),
                one.rule.default_days,
            )
            for one in terms
        ],
        erasures=[
            (
                context.format_datetime(one.erased_at),
                _receipt_label(one.what),
                sum(one.counts.values()),
            )
            for one in rules.erasures()[:10]
        ],
        **(filled | forms),
    )


def _rules(context: LockAwarePageContext) -> RetentionService:
    access = context.access
    return RetentionService(access.work, access.provider_id, access.clock, access.audit_log)


def _tonight(rules: RetentionService) -> list[tuple[str, str]]:
    return [
        (_(DATA_CLASS_LABELS[one.term.data_class]), _describe_preview(one))
        for one in rules.preview()
        if one.expired or one.held
    ]


def _describe_preview(preview: RetentionPreview) -> str:
    if not preview.held:
        return ngettext("%(count)s to delete", "%(count)s to delete", preview.expired)
    return ngettext(
        "%(count)s to delete, %(held)s kept by a legal hold",
        "%(count)s to delete, %(held)s kept by a legal hold",
        preview.expired,
        held=preview.held,
    )


def _hint(rule: RetentionRule) -> str:
    bounds = _("%(least)s to %(most)s days.", least=rule.min_days, most=rule.max_days)
    return f"{_(rule.about)} {bounds}"


def _receipt_label(what: str) -> str:
    return _(_RECEIPT_LABELS[what]) if what in _RECEIPT_LABELS else what.capitalize()


def _alias(one: DataClass) -> str:
    return _camel(str(one))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
