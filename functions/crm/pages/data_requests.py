"""People in the book who ask what is kept about them, or to be erased."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import Answers, AtShredder
from crm.domain.data_requests import CaseState, DeclineReason, SubjectKind
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.pages.labels import day
from crm.schemas.data_requests import SectionName
from crm.service.dashboard import home_zone
from crm.service.data_requests import SeenCase, SubjectCases
from crm.service.erasure import Forgetting
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/requests")
DECLINE = "decline"
REASONS = (
    (DeclineReason.SOMEBODY_ELSE, "This is not them: nobody is told anything"),
    (DeclineReason.LEGAL_DUTY, "A law says that I have to keep it"),
    (DeclineReason.LEGAL_CLAIM, "I need it for a legal claim"),
    (DeclineReason.OTHERS_RIGHTS, "It would harm somebody else's rights"),
)
STATES = {
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
async def requests_page(sheet: AtSheet) -> Response:
    """Show who asks."""
    cases = SubjectCases(sheet.desk).all()
    return sheet.show(
        "requests.html",
        heading="Who asks about themselves",
        rows=[_row(sheet, one) for one in cases],
    )


@router.get("/{case_id}")
async def request_page(sheet: AtSheet, case_id: UUID) -> Response:
    """Show what is asked, and what there is to hand out."""
    return _page(sheet, case_id, {})


@router.post("/{case_id}/answer", dependencies=WRITES)
async def answer(sheet: AtSheet, case_id: UUID, answers: Answers) -> Response:
    """Hand out what was chosen."""

    def do(form: AnswerForm) -> Response:
        SubjectCases(sheet.desk).answer(answers, case_id, form.sections)
        return sheet.see("/requests", "done")

    return await sheet.take(AnswerForm, do, _again(sheet, case_id))


@router.post("/{case_id}/erase", dependencies=WRITES)
async def erase(sheet: AtSheet, case_id: UUID, shredder: AtShredder, answers: Answers) -> Response:
    """Forget whom it is about."""

    def do(form: EraseForm) -> Response:
        forgetting = Forgetting(sheet.desk, shredder)
        SubjectCases(sheet.desk).erase(answers, forgetting, case_id, form.clients)
        return sheet.see("/requests", "done")

    fields = {"clientIds": "clients"}
    return await sheet.take(EraseForm, do, _again(sheet, case_id), fields=fields)


@router.post("/{case_id}/decline", dependencies=WRITES)
async def decline(sheet: AtSheet, case_id: UUID, answers: Answers) -> Response:
    """Do not do it, and say why."""

    def do(form: DeclineForm) -> Response:
        SubjectCases(sheet.desk).decline(answers, case_id, form.reason)
        return sheet.see("/requests", "done")

    return await sheet.take(DeclineForm, do, _again(sheet, case_id, DECLINE), prefix=DECLINE)


def _again(
    sheet: Sheet, case_id: UUID, name: str = "form"
) -> Callable[[FormErrors, int], Response]:
    return lambda form, status: _page(sheet, case_id, {name: form}, status)


def _page(sheet: Sheet, case_id: UUID, forms: Mapping[str, Form], status: int = 200) -> Response:
    cases = SubjectCases(sheet.desk)
    seen = cases.one(case_id)
    if not seen.is_open:
        return sheet.see("/requests")
    is_access = seen.case.kind is SubjectKind.ACCESS
    sections = cases.summary(case_id) if is_access else []
    people = [(str(one), name) for one, name in seen.names.items()]
    given = {
        "sections": [one.name for one in sections if one.given],
        "clients": [one for one, _ in people],
    }
    return sheet.show(
        "request.html",
        status,
        heading=", ".join(seen.names.values()),
        row=_row(sheet, seen),
        form=forms.get("form") or Form(given),
        decline_form=forms.get(DECLINE) or Form(prefix=DECLINE),
        sections=sections,
        choices=[(one.name, one.title) for one in sections],
        people=people,
        reasons=[(str(reason), text) for reason, text in REASONS],
    )


def _row(sheet: Sheet, seen: SeenCase) -> dict[str, Any]:
    zone = home_zone(sheet.desk)
    return {
        "id": seen.id,
        "names": ", ".join(seen.names.values()),
        "clients": list(seen.names.items()),
        "access": seen.case.kind is SubjectKind.ACCESS,
        "open": seen.is_open,
        "state": STATES.get(seen.case.state, ""),
        "asked": day(seen.case.asked_at, zone),
        "due": day(seen.case.due_at, zone),
        "overdue": seen.is_open and seen.case.due_at < sheet.desk.now(),
    }
