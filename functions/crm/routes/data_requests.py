"""People in the book who ask what it keeps about them, or to be erased."""

from uuid import UUID

from fastapi import Depends

from crm.dependencies import DataRequestAnswersDep, KeyDeletionDep, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.data_requests import (
    AnswerDataRequest,
    DeclineDataRequest,
    EraseDataSubject,
    DataRequestCasesView,
    DataRequestCaseView,
    ClosedCaseView,
    SummarySectionView,
    DataRequestSummaryView,
)
from crm.service.data_requests import DataRequestCaseService
from crm.service.erasure import ClientErasure

router = crm_router("/subject-requests")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_data_requests(unlocked: UnlockedDep) -> DataRequestCasesView:
    """Return who asked, of the last ninety days."""
    return DataRequestCasesView(
        items=[DataRequestCaseView.from_domain(one) for one in DataRequestCaseService(unlocked).list()]
    )


@router.get("/{case_id}/summary")
async def read_data_request_summary(case_id: UUID, unlocked: UnlockedDep) -> DataRequestSummaryView:
    """Return what the book keeps about them, part by part, to choose from."""
    sections = DataRequestCaseService(unlocked).summary(case_id)
    return DataRequestSummaryView(sections=[SummarySectionView.from_domain(one) for one in sections])


@router.post("/{case_id}/answer", dependencies=_WRITES)
async def answer_data_request(
    case_id: UUID, body: AnswerDataRequest, unlocked: UnlockedDep, answers: DataRequestAnswersDep
) -> ClosedCaseView:
    """Hand out these parts; they are read next morning, and do not say from whom they are."""
    return ClosedCaseView(
        state=DataRequestCaseService(unlocked).answer(answers, case_id, body.sections).state
    )


@router.post("/{case_id}/erase", dependencies=_WRITES)
async def erase_data_subject(
    case_id: UUID,
    body: EraseDataSubject,
    unlocked: UnlockedDep,
    shredder: KeyDeletionDep,
    answers: DataRequestAnswersDep,
) -> ClosedCaseView:
    """Forget them for good; `kept` where a legal hold keeps somebody, which is what they are told."""
    forgetting = ClientErasure(unlocked, shredder)
    case = DataRequestCaseService(unlocked).erase(answers, forgetting, case_id, body.client_ids)
    return ClosedCaseView(state=case.state)


@router.post("/{case_id}/decline", dependencies=_WRITES)
async def decline_data_request(
    case_id: UUID, body: DeclineDataRequest, unlocked: UnlockedDep, answers: DataRequestAnswersDep
) -> ClosedCaseView:
    """Do not do it, and say why."""
    return ClosedCaseView(
        state=DataRequestCaseService(unlocked).decline(answers, case_id, body.reason).state
    )
