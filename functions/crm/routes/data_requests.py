"""People in the book who ask what it keeps about them, or to be erased."""

from uuid import UUID

from fastapi import Depends

from crm.dependencies import Answers, AtDesk, AtShredder, limit_writes
from crm.routes.router_base import book_router
from crm.schemas.data_requests import (
    AnswerSubject,
    DeclineSubject,
    EraseSubject,
    SubjectCasesView,
    SubjectCaseView,
    SubjectClosedView,
    SubjectSectionView,
    SubjectSummaryView,
)
from crm.service.data_requests import SubjectCases
from crm.service.erasure import Forgetting

router = book_router("/subject-requests")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_subject_requests(desk: AtDesk) -> SubjectCasesView:
    """Return who asked, of the last ninety days."""
    return SubjectCasesView(items=[SubjectCaseView.of(one) for one in SubjectCases(desk).all()])


@router.get("/{case_id}/summary")
async def summarise(case_id: UUID, desk: AtDesk) -> SubjectSummaryView:
    """Return what the book keeps about them, part by part, to choose from."""
    sections = SubjectCases(desk).summary(case_id)
    return SubjectSummaryView(sections=[SubjectSectionView.of(one) for one in sections])


@router.post("/{case_id}/answer", dependencies=_WRITES)
async def answer_subject(
    case_id: UUID, body: AnswerSubject, desk: AtDesk, answers: Answers
) -> SubjectClosedView:
    """Hand out these parts; they are read next morning, and do not say from whom they are."""
    return SubjectClosedView(state=SubjectCases(desk).answer(answers, case_id, body.sections).state)


@router.post("/{case_id}/erase", dependencies=_WRITES)
async def erase_subject(
    case_id: UUID, body: EraseSubject, desk: AtDesk, shredder: AtShredder, answers: Answers
) -> SubjectClosedView:
    """Forget them for good; `kept` where a legal hold keeps somebody, which is what they are told."""
    forgetting = Forgetting(desk, shredder)
    case = SubjectCases(desk).erase(answers, forgetting, case_id, body.client_ids)
    return SubjectClosedView(state=case.state)


@router.post("/{case_id}/decline", dependencies=_WRITES)
async def decline_subject(
    case_id: UUID, body: DeclineSubject, desk: AtDesk, answers: Answers
) -> SubjectClosedView:
    """Do not do it, and say why."""
    return SubjectClosedView(state=SubjectCases(desk).decline(answers, case_id, body.reason).state)
