"""People in the book who ask what it keeps about them, or to be erased."""

from uuid import UUID

from fastapi import Depends

from crm.dependencies import DataRequestAnswersDep, KeyDeletionDep, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
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
from crm.service.data_requests import DataRequestCaseService
from crm.service.erasure import ClientErasure

router = crm_router("/subject-requests")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_subject_requests(unlocked: UnlockedDep) -> SubjectCasesView:
    """Return who asked, of the last ninety days."""
    return SubjectCasesView(
        items=[SubjectCaseView.from_domain(one) for one in DataRequestCaseService(unlocked).list()]
    )


@router.get("/{case_id}/summary")
async def summarise(case_id: UUID, unlocked: UnlockedDep) -> SubjectSummaryView:
    """Return what the book keeps about them, part by part, to choose from."""
    sections = DataRequestCaseService(unlocked).summary(case_id)
    return SubjectSummaryView(sections=[SubjectSectionView.from_domain(one) for one in sections])


@router.post("/{case_id}/answer", dependencies=_WRITES)
async def answer_subject(
    case_id: UUID, body: AnswerSubject, unlocked: UnlockedDep, answers: DataRequestAnswersDep
) -> SubjectClosedView:
    """Hand out these parts; they are read next morning, and do not say from whom they are."""
    return SubjectClosedView(
        state=DataRequestCaseService(unlocked).answer(answers, case_id, body.sections).state
    )


@router.post("/{case_id}/erase", dependencies=_WRITES)
async def erase_subject(
    case_id: UUID,
    body: EraseSubject,
    unlocked: UnlockedDep,
    shredder: KeyDeletionDep,
    answers: DataRequestAnswersDep,
) -> SubjectClosedView:
    """Forget them for good; `kept` where a legal hold keeps somebody, which is what they are told."""
    forgetting = ClientErasure(unlocked, shredder)
    case = DataRequestCaseService(unlocked).erase(answers, forgetting, case_id, body.client_ids)
    return SubjectClosedView(state=case.state)


@router.post("/{case_id}/decline", dependencies=_WRITES)
async def decline_subject(
    case_id: UUID, body: DeclineSubject, unlocked: UnlockedDep, answers: DataRequestAnswersDep
) -> SubjectClosedView:
    """Do not do it, and say why."""
    return SubjectClosedView(
        state=DataRequestCaseService(unlocked).decline(answers, case_id, body.reason).state
    )
