"""Data requests: bodies and views of the API, for requesters and for providers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm.domain.data_requests import (
    CaseState,
    DataRequestKind,
    DeclineReason,
    SubjectAnswer,
    SubjectRequest,
    SummarySection,
)
from crm.service.data_requests import CaseView
from kit.http import Request, Response
from kit.i18n import gettext as _

SectionName = Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]


class SubmitDataRequest(Request):
    """Body of a data request."""

    kind: DataRequestKind


class OwnDataRequestAnswerView(Response):
    """Answer to a data request; the provider is not named."""

    id: UUID
    outcome: CaseState
    text: str
    arrived_at: datetime
    until: datetime = Field(description="When the answer is deleted.")

    @classmethod
    def from_domain(cls, answer: SubjectAnswer) -> "OwnDataRequestAnswerView":
        """Return the view of an answer."""
        return cls(
            id=answer.id,
            outcome=answer.outcome,
            text=answer.text,
            arrived_at=answer.arrived_at,
            until=answer.delete_at,
        )


class OwnDataRequestView(Response):
    """Data request to all providers, with its answers."""

    id: UUID
    kind: DataRequestKind
    asked_at: datetime
    due_at: datetime = Field(description="Answers are due by then.")
    answers: list[OwnDataRequestAnswerView]

    @classmethod
    def from_domain(cls, request: SubjectRequest) -> "OwnDataRequestView":
        """Return the view of a request."""
        return cls(
            id=request.id,
            kind=request.kind,
            asked_at=request.asked_at,
            due_at=request.due_at,
            answers=[OwnDataRequestAnswerView.from_domain(one) for one in request.answers],
        )


class OwnDataRequestsView(Response):
    """Requests of the last ninety days, the latest first."""

    items: list[OwnDataRequestView]


class CaseClientView(Response):
    """Client of a case."""

    id: UUID
    name: str


class DataRequestCaseView(Response):
    """Data request case of a workspace."""

    id: UUID
    kind: DataRequestKind
    state: CaseState
    asked_at: datetime
    due_at: datetime
    clients: list[CaseClientView]

    @classmethod
    def from_domain(cls, seen: CaseView) -> "DataRequestCaseView":
        """Return the view of a case."""
        return cls(
            id=seen.id,
            kind=seen.case.kind,
            state=seen.case.state,
            asked_at=seen.case.asked_at,
            due_at=seen.case.due_at,
            clients=[CaseClientView(id=one, name=name) for one, name in seen.names.items()],
        )


class DataRequestCasesView(Response):
    """Cases: open ones first, the most urgent at the top."""

    items: list[DataRequestCaseView]


class SummarySectionView(Response):
    """Section of the data about the clients of a case."""

    name: str
    title: str
    text: str
    given: bool = Field(description="Whether the section is selected by default.")

    @classmethod
    def from_domain(cls, section: SummarySection) -> "SummarySectionView":
        """Return the view of a section."""
        return cls(
            name=section.name, title=_(section.title), text=section.text, given=section.included
        )


class DataRequestSummaryView(Response):
    """Data about the clients of a case; references are other people, and left out."""

    sections: list[SummarySectionView]


class AnswerDataRequest(Request):
    """Body of an answer: names of the summary's sections."""

    sections: Annotated[list[SectionName], Field(min_length=1, max_length=10)]


class EraseDataSubject(Request):
    """Body of an erasure."""

    client_ids: Annotated[list[UUID], Field(min_length=1, max_length=10)] | None = Field(
        None, description="By default all clients of the case."
    )


class DeclineDataRequest(Request):
    """Body of a refusal. `different-person`: the clients are not the requester; then no answer is sent."""

    reason: DeclineReason


class ClosedCaseView(Response):
    """State of a closed case."""

    state: CaseState
