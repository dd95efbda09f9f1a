"""Data request cases of a client book, as the API serves them."""

from uuid import UUID

from fastapi import Depends

from crm.dependencies import DataRequestAnswersDep, KeyDeletionDep, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.data_requests import (
    AnswerDataRequest,
    ClosedCaseView,
    DataRequestCasesView,
    DataRequestCaseView,
    DataRequestSummaryView,
    DeclineDataRequest,
    EraseDataSubject,
    SummarySectionView,
)
from crm.service.data_requests import DataRequestCaseService
from crm.service.erasure import ClientErasure

router = crm_router("/subject-requests")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_data_requests(unlocked: UnlockedDep) -> DataRequestCasesView:
    """Return the cases of the last ninety days."""
    return DataRequestCasesView(
        items=[
            DataRequestCaseView.from_domain(one) for one in DataRequestCaseService(unlocked).list()
        ]
    )


@router.get("/{case_id}/summary")
async def read_data_request_summary(case_id: UUID, unlocked: UnlockedDep) -> DataRequestSummaryView:
    """Return the data stored about the clients of a case, in sections to choose from."""
    sections = DataRequestCaseService(unlocked).summary(case_id)
    return DataRequestSummaryView(
        sections=[SummarySectionView.from_domain(one) for one in sections]
    )


@router.post("/{case_id}/answer", dependencies=_WRITES)
async def answer_data_request(
    case_id: UUID, body: AnswerDataRequest, unlocked: UnlockedDep, answers: DataRequestAnswersDep
) -> ClosedCaseView:
    """Answer with these sections; the requester reads them the next morning, without the provider's name."""
    return ClosedCaseView(
        state=DataRequestCaseService(unlocked).answer(answers, case_id, body.sections).state
    )


@router.post("/{case_id}/erase", dependencies=_WRITES)
async def erase_data_subject(
    case_id: UUID,
    body: EraseDataSubject,
    unlocked: UnlockedDep,
    key_deletion: KeyDeletionDep,
    answers: DataRequestAnswersDep,
) -> ClosedCaseView:
    """Erase the clients; the state is `kept` if a legal hold forbids it, and the requester is told so."""
    erasure = ClientErasure(unlocked, key_deletion)
    case = DataRequestCaseService(unlocked).erase(answers, erasure, case_id, body.client_ids)
    return ClosedCaseView(state=case.state)


@router.post("/{case_id}/decline", dependencies=_WRITES)
async def decline_data_request(
    case_id: UUID, body: DeclineDataRequest, unlocked: UnlockedDep, answers: DataRequestAnswersDep
) -> ClosedCaseView:
    """Decline a case with a reason."""
    return ClosedCaseView(
        state=DataRequestCaseService(unlocked).decline(answers, case_id, body.reason).state
    )
