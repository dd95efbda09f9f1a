"""What people ask of all books, and what is answered, as the API takes and shows it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm.domain.data_requests import (
    CaseState,
    DataRequestKind,
    DeclineReason,
    Section,
    SubjectAnswer,
    SubjectRequest,
)
from crm.service.data_requests import CaseView
from kit.http import Request, Response

SectionName = Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]


class SubmitDataRequest(Request):
    """What somebody wants."""

    kind: DataRequestKind


class OwnDataRequestAnswerView(Response):
    """What somebody was told; never by whom."""

    id: UUID
    outcome: CaseState
    text: str
    arrived_at: datetime
    until: datetime = Field(description="When it is deleted.")

    @classmethod
    def from_domain(cls, answer: SubjectAnswer) -> "OwnDataRequestAnswerView":
        """Return it as it is shown."""
        return cls(
            id=answer.id,
            outcome=answer.outcome,
            text=answer.text,
            arrived_at=answer.arrived_at,
            until=answer.until,
        )


class OwnDataRequestView(Response):
    """What somebody asked of everybody who may keep something about them."""

    id: UUID
    kind: DataRequestKind
    asked_at: datetime
    due_at: datetime = Field(description="Whoever keeps something is to answer by then.")
    answers: list[OwnDataRequestAnswerView]

    @classmethod
    def from_domain(cls, request: SubjectRequest) -> "OwnDataRequestView":
        """Return it as it is shown."""
        return cls(
            id=request.id,
            kind=request.kind,
            asked_at=request.asked_at,
            due_at=request.due_at,
            answers=[OwnDataRequestAnswerView.from_domain(one) for one in request.answers],
        )


class OwnDataRequestsView(Response):
    """The requests of the last ninety days, the latest first."""

    items: list[OwnDataRequestView]


class CaseClientView(Response):
    """Whom a request is about."""

    id: UUID
    name: str


class DataRequestCaseView(Response):
    """Somebody in the book who asks."""

    id: UUID
    kind: DataRequestKind
    state: CaseState
    asked_at: datetime
    due_at: datetime
    clients: list[CaseClientView]

    @classmethod
    def from_domain(cls, seen: CaseView) -> "DataRequestCaseView":
        """Return it as it is shown."""
        return cls(
            id=seen.id,
            kind=seen.case.kind,
            state=seen.case.state,
            asked_at=seen.case.asked_at,
            due_at=seen.case.due_at,
            clients=[CaseClientView(id=one, name=name) for one, name in seen.names.items()],
        )


class DataRequestCasesView(Response):
    """Those to be answered first, the most urgent at the top."""

    items: list[DataRequestCaseView]


class SummarySectionView(Response):
    """A part of what is kept about them."""

    name: str
    title: str
    text: str
    given: bool = Field(description="Whether it is handed out unless you say otherwise.")

    @classmethod
    def from_domain(cls, section: Section) -> "SummarySectionView":
        """Return it as it is shown."""
        return cls(name=section.name, title=section.title, text=section.text, given=section.given)


class DataRequestSummaryView(Response):
    """What the book keeps about them; references are other people, and never among it."""

    sections: list[SummarySectionView]


class AnswerDataRequest(Request):
    """What is handed out: names of the summary's sections."""

    sections: Annotated[list[SectionName], Field(min_length=1, max_length=10)]


class EraseDataSubject(Request):
    """Who is forgotten."""

    client_ids: Annotated[list[UUID], Field(min_length=1, max_length=10)] | None = Field(
        None, description="Left out: everybody whom the request is about."
    )


class DeclineDataRequest(Request):
    """Why it is not done. `somebody-else`: it is not them; then nothing is said to anybody."""

    reason: DeclineReason


class ClosedCaseView(Response):
    """What became of it."""

    state: CaseState
