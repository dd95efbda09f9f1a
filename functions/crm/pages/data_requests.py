"""People in the book who ask what is kept about them, or to be erased."""

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
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/requests")
DECLINE_PREFIX = "decline"
DECLINE_OPTIONS = (
    (DeclineReason.SOMEBODY_ELSE, "This is not them: nobody is told anything"),
    (DeclineReason.LEGAL_DUTY, "A law says that I have to keep it"),
    (DeclineReason.LEGAL_CLAIM, "I need it for a legal claim"),
    (DeclineReason.OTHERS_RIGHTS, "It would harm somebody else's rights"),
)
STATE_LABELS = {
    CaseState.ANSWERED: "Answered",
    CaseState.ERASED: "Erased",
    CaseState.KEPT: "Told that it must stay",
    CaseState.DECLINED: "Declined",
}


class AnswerForm(Body):
    """What is handed out."""

    sections: Annotated[list[SectionName], Field(min_length=1, title="What you hand out")]


class EraseForm(Body):
    """Who is forgotten."""

    clients: Annotated[list[UUID], Field(min_length=1, title="Whom to erase")]


class DeclineForm(Body):
    """Why it is not done."""

    reason: Annotated[DeclineReason, Field(title="Why not")]


@router.get("")
async def data_requests_page(context: UnlockedPageDep) -> Response:
    """Show who asks."""
    cases = DataRequestCaseService(context.unlocked).list()
    return context.render(
        "requests.html",
        heading="Who asks about themselves",
        rows=[_to_row(context, one) for one in cases],
    )


@router.get("/{case_id}")
async def data_request_page(context: UnlockedPageDep, case_id: UUID) -> Response:
    """Show what is asked, and what there is to hand out."""
    return _render_case(context, case_id, {})


@router.post("/{case_id}/answer", dependencies=WRITE_DEPENDENCIES)
async def answer_data_request(
    context: UnlockedPageDep, case_id: UUID, answers: DataRequestAnswersDep
) -> Response:
    """Hand out what was chosen."""

    def do(form: AnswerForm) -> Response:
        DataRequestCaseService(context.unlocked).answer(answers, case_id, form.sections)
        return context.redirect("/requests", "done")

    return await context.handle_form(AnswerForm, do, _render_errors(context, case_id))


@router.post("/{case_id}/erase", dependencies=WRITE_DEPENDENCIES)
async def erase_data_subject(
    context: UnlockedPageDep,
    case_id: UUID,
    shredder: KeyDeletionDep,
    answers: DataRequestAnswersDep,
) -> Response:
    """Forget whom it is about."""

    def do(form: EraseForm) -> Response:
        forgetting = ClientErasure(context.unlocked, shredder)
        DataRequestCaseService(context.unlocked).erase(answers, forgetting, case_id, form.clients)
        return context.redirect("/requests", "done")

    fields = {"clientIds": "clients"}
    return await context.handle_form(EraseForm, do, _render_errors(context, case_id), fields=fields)


@router.post("/{case_id}/decline", dependencies=WRITE_DEPENDENCIES)
async def decline_data_request(
    context: UnlockedPageDep, case_id: UUID, answers: DataRequestAnswersDep
) -> Response:
    """Do not do it, and say why."""

    def do(form: DeclineForm) -> Response:
        DataRequestCaseService(context.unlocked).decline(answers, case_id, form.reason)
        return context.redirect("/requests", "done")

    return await context.handle_form(
        DeclineForm, do, _render_errors(context, case_id, DECLINE_PREFIX), prefix=DECLINE_PREFIX
    )


def _render_errors(
    context: UnlockedPageContext, case_id: UUID, name: str = "form"
) -> Callable[[FormErrors, int], Response]:
    return lambda form, status: _render_case(context, case_id, {name: form}, status)


def _render_case(
    context: UnlockedPageContext, case_id: UUID, forms: Mapping[str, Form], status: int = 200
) -> Response:
    cases = DataRequestCaseService(context.unlocked)
    seen = cases.get(case_id)
    if not seen.is_open:
        return context.redirect("/requests")
    is_access = seen.case.kind is DataRequestKind.ACCESS
    sections = cases.summary(case_id) if is_access else []
    people = [(str(one), name) for one, name in seen.names.items()]
    given = {
        "sections": [one.name for one in sections if one.given],
        "clients": [one for one, _ in people],
    }
    return context.render(
        "request.html",
        status,
        heading=", ".join(seen.names.values()),
        row=_to_row(context, seen),
        form=forms.get("form") or Form(given),
        decline_form=forms.get(DECLINE_PREFIX) or Form(prefix=DECLINE_PREFIX),
        sections=sections,
        choices=[(one.name, one.title) for one in sections],
        people=people,
        reasons=[(str(reason), text) for reason, text in DECLINE_OPTIONS],
    )


def _to_row(context: UnlockedPageContext, seen: CaseView) -> dict[str, Any]:
    time_zone = time_zone_of(context.unlocked)
    return {
        "id": seen.id,
        "names": ", ".join(seen.names.values()),
        "clients": list(seen.names.items()),
        "access": seen.case.kind is DataRequestKind.ACCESS,
        "open": seen.is_open,
        "state": STATE_LABELS.get(seen.case.state, ""),
        "asked": format_date(seen.case.asked_at, time_zone),
        "due": format_date(seen.case.due_at, time_zone),
        "overdue": seen.is_open and seen.case.due_at < context.unlocked.now(),
    }
