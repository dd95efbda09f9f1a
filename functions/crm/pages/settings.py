"""How the book behaves: when it locks, what it counts in, and how long it keeps what."""

from typing import Annotated, Any

from fastapi.responses import Response
from pydantic import Field, create_model

from crm.dependencies import UnlockedDep
from crm.domain.retention import RULES, DataClass
from crm.domain.settings import WorkspaceSettings
from crm.pages.context import (
    WRITE_DEPENDENCIES,
    LockAwarePageContext,
    LockAwarePageDep,
    page_router,
)
from crm.service.retention import RetentionService
from crm.service.settings import load_settings, save_settings
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/settings")
CLASSES = {
    DataClass.REFERENCES: "Referees",
    DataClass.SCREENING: "Checks",
    DataClass.COMMUNICATIONS: "Messages and calls",
    DataClass.VISIT_NOTES: "Notes about visits",
    DataClass.ARCHIVED_CLIENTS: "People who are put away",
    DataClass.INACTIVE_CLIENTS: "People you have not met for long",
    DataClass.AUDIT: "What happened to the book",
}


class SettingsForm(Body):
    """How the book behaves."""

    auto_lock_minutes: Annotated[int, Field(ge=1, le=15, title="Locks when untouched")]
    unlock_minutes: Annotated[int, Field(ge=5, le=480, title="Locks in any case")]
    default_currency: Annotated[str, Field(pattern=r"^[A-Za-z]{3}$", title="Currency")]
    default_region: Annotated[str, Field(pattern=r"^[A-Za-z]{2}$", title="Country")]

    def to_settings(self) -> WorkspaceSettings:
        """Return it as the use case takes it."""
        values = self.model_dump()
        for name in ("default_currency", "default_region"):
            values[name] = values[name].upper()
        return WorkspaceSettings(**values)


_DAYS: dict[str, Any] = {
    str(one): (Annotated[int | None, Field(ge=1, le=10_000, title=CLASSES[one])], None)
    for one in RULES
}
# One field for each class of data, called as the class is: what is refused is said beside it.
TermsForm: type[Body] = create_model("TermsForm", __base__=Body, **_DAYS)


@router.get("")
async def settings_page(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Show all of it."""
    return _page(context, unlocked)


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def save(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Save how the book behaves."""

    def do(form: SettingsForm) -> Response:
        save_settings(unlocked, context.access.audit_log, form.to_settings())
        return context.redirect("/settings", "saved")

    return await context.handle_form(
        SettingsForm, do, lambda form, s: _page(context, unlocked, s, book=form)
    )


@router.post("/retention", dependencies=WRITE_DEPENDENCIES)
async def keep_for(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Save how long what is kept; what is left empty is as it is for everybody."""

    def do(form: Body) -> Response:
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
            rules.choose(changed)
        except Invalid as error:
            error.field = _alias(DataClass(error.field)) if error.field in set(RULES) else None
            raise
        return context.redirect("/settings", "saved")

    def again(form: FormErrors, status: int) -> Response:
        return _page(context, unlocked, status, terms=form)

    return await context.handle_form(TermsForm, do, again, prefix="keep")


def _page(
    context: LockAwarePageContext, unlocked: UnlockedContext, status: int = 200, **forms: Form
) -> Response:
    stored = load_settings(unlocked.work, unlocked.provider_id)
    rules = _rules(context)
    terms = rules.terms()
    filled = {
        "book": Form({_camel(name): value for name, value in stored.to_json().items()}),
        "terms": Form(
            {_alias(one.data_class): one.days for one in terms if one.is_chosen}, prefix="keep"
        ),
    }
    return context.render(
        "settings.html",
        status,
        heading="How it behaves",
        tonight=_tonight(rules),
        classes=[
            (_alias(one.data_class), CLASSES[one.data_class], _hint(one.rule), one.rule.days)
            for one in terms
        ],
        erasures=[
            (context.format_datetime(one.erased_at), _erased(one.what), sum(one.counts.values()))
            for one in rules.erasures()[:10]
        ],
        **(filled | forms),
    )


def _rules(context: LockAwarePageContext) -> RetentionService:
    access = context.access
    return RetentionService(access.work, access.provider_id, access.clock, access.audit_log)


def _tonight(rules: RetentionService) -> list[tuple[str, str]]:
    said = []
    for one in rules.preview():
        if one.over or one.held:
            held = f", and {one.held} stay under a legal hold" if one.held else ""
            said.append((CLASSES[one.term.data_class], f"{one.over} go{held}"))
    return said


def _hint(rule: Any) -> str:
    return f"{rule.about} {rule.least} to {rule.most} days."


def _erased(what: str) -> str:
    return {"retention": "By rule", "wipe": "Emptied by you"}.get(what, what.capitalize())


def _alias(one: DataClass) -> str:
    return _camel(str(one))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
