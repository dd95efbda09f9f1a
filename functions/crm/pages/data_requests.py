"""Pages of data request cases."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import DataRequestAnswersDep, KeyDeletionDep
from crm.domain.data_requests import CaseState, DataRequestKind, DeclineReason
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.labels import format_date
from crm.schemas.data_requests import SectionName
from crm.service.dashboard import time_zone_of
from crm.service.data_requests import CaseView, DataRequestCaseService
from crm.service.erasure import ClientErasure
from kit import formats
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors

router = page_router("/data-requests")
DECLINE_PREFIX = "decline"
DECLINE_OPTIONS = (
    (DeclineReason.DIFFERENT_PERSON, N_("This is a different person: no answer is sent")),
    (DeclineReason.LEGAL_DUTY, N_("A law requires me to keep the data")),
    (DeclineReason.LEGAL_CLAIM, N_("I need the data for a legal claim")),
    (DeclineReason.OTHERS_RIGHTS, N_("It would harm the rights of another person")),
)
STATE_LABELS = {
    CaseState.ANSWERED: N_("Answered"),
    CaseState.ERASED: N_("Deleted"),
    CaseState.KEPT: N_("Data must be kept"),
    CaseState.DECLINED: N_("Declined"),
}


class AnswerForm(Body):
    """Form of an answer."""

    sections: Annotated[list[SectionName], Field(min_length=1, title=N_("Sections to share"))]


class EraseForm(Body):
    """Form of an erasure."""

    clients: Annotated[list[UUID], Field(min_length=1, title=N_("Clients to delete"))]


class DeclineForm(Body):
    """Form of a refusal."""

    reason: Annotated[DeclineReason, Field(title=N_("Reason"))]


@router.get("")
async def data_requests_page(context: UnlockedPageDep) -> Response:
    """Show the cases."""
    service = DataRequestCaseService(context.unlocked).list()
    return context.render(
        "data_requests.html",
        heading=_("Data requests"),
        rows=[_to_row(context, one) for one in service],
    )


@router.get("/{case_id}")
async def data_request_page(context: UnlockedPageDep, case_id: UUID) -> Response:
    """Show one case with the data to choose from."""
    return _render_case(context, case_id, {})


@router.post("/{case_id}/answer", dependencies=WRITE_DEPENDENCIES)
async def answer_data_request(
    context: UnlockedPageDep, case_id: UUID, answers: DataRequestAnswersDep
) -> Response:
    """Answer with the chosen sections."""

    def handle(form: AnswerForm) -> Response:
        DataRequestCaseService(context.unlocked).answer(answers, case_id, form.sections)
        return context.redirect("/data-requests", "done")

    return await context.handle_form(AnswerForm, handle, _render_errors(context, case_id))


@router.post("/{case_id}/erase", dependencies=WRITE_DEPENDENCIES)
async def erase_data_subject(
    context: UnlockedPageDep,
    case_id: UUID,
    key_deletion: KeyDeletionDep,
    answers: DataRequestAnswersDep,
) -> Response:
    """Erase the chosen clients."""

    def handle(form: EraseForm) -> Response:
        erasure = ClientErasure(context.unlocked, key_deletion)
        DataRequestCaseService(context.unlocked).erase(answers, erasure, case_id, form.clients)
        return context.redirect("/data-requests", "done")

    fields = {"clientIds": "clients"}
    return await context.handle_form(
        EraseForm, handle, _render_errors(context, case_id), field_names=fields
    )


@router.post("/{case_id}/decline", dependencies=WRITE_DEPENDENCIES)
async def decline_data_request(
    context: UnlockedPageDep, case_id: UUID, answers: DataRequestAnswersDep
) -> Response:
    """Decline a case with a reason."""

    def handle(form: DeclineForm) -> Response:
        DataRequestCaseService(context.unlocked).decline(answers, case_id, form.reason)
        return context.redirect("/data-requests", "done")

    return await context.handle_form(
        DeclineForm, handle, _render_errors(context, case_id, DECLINE_PREFIX), prefix=DECLINE_PREFIX
    )


def _render_errors(
    context: UnlockedPageContext, case_id: UUID, name: str = "form"
) -> Callable[[FormErrors, int], Response]:
    return lambda form, status: _render_case(context, case_id, {name: form}, status)


def _render_case(
    context: UnlockedPageContext, case_id: UUID, forms: Mapping[str, Form], status: int = 200
) -> Response:
    service = DataRequestCaseService(context.unlocked)
    seen = service.get(case_id)
    if not seen.is_open:
        return context.redirect("/data-requests")
    is_access = seen.case.kind is DataRequestKind.ACCESS
    sections = service.summary(case_id) if is_access else []
    client_options = [(str(one), name) for one, name in seen.names.items()]
    initial = {
        "sections": [one.name for one in sections if one.included],
        "clients": [one for one, _ in client_options],
    }
    return context.render(
        "data_request.html",
        status,
        heading=formats.format_list(list(seen.names.values())),
        row=_to_row(context, seen),
        form=forms.get("form") or Form(initial),
        decline_form=forms.get(DECLINE_PREFIX) or Form(prefix=DECLINE_PREFIX),
        sections=sections,
        choices=[(one.name, _(one.title)) for one in sections],
        clients=client_options,
        reasons=[(str(reason), _(text)) for reason, text in DECLINE_OPTIONS],
    )


def _to_row(context: UnlockedPageContext, seen: CaseView) -> dict[str, Any]:
    time_zone = time_zone_of(context.unlocked)
    return {
        "id": seen.id,
        "names": formats.format_list(list(seen.names.values())),
        "clients": list(seen.names.items()),
        "is_access": seen.case.kind is DataRequestKind.ACCESS,
        "is_open": seen.is_open,
        "state": _(STATE_LABELS.get(seen.case.state, "")),
        "asked": format_date(seen.case.asked_at, time_zone),
        "due": format_date(seen.case.due_at, time_zone),
        "overdue": seen.is_open and seen.case.due_at < context.unlocked.now(),
    }
