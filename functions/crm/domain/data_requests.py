"""What somebody asks of all books at once, what a book makes of it, and what they are told.

Whether a book knows somebody must show nowhere but inside it: each request makes a document of the same size in each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from html import escape
from typing import Any, Self
from uuid import UUID

RESPONSE_TERM = timedelta(days=30)
"""Until when whoever keeps something is to answer; as long nobody asks the same again."""
REQUEST_LIFETIME = timedelta(days=90)
"""How long a request waits for books that are not opened."""
ANSWER_LIFETIME = timedelta(days=30)
"""How long somebody can read what was answered."""
MAX_CLIENTS = 8
PADDED_SIZE = 768
"""Bytes of every case, padded: one that is about nobody is as long as one about many."""


class DataRequestKind(StrEnum):
    """What is asked for."""

    ACCESS = "access"
    ERASURE = "erasure"


class CaseState(StrEnum):
    """What a provider made of it."""

    OPEN = "open"
    ANSWERED = "answered"
    ERASED = "erased"
    KEPT = "kept"
    DECLINED = "declined"


class DeclineReason(StrEnum):
    """Why she does not do what was asked."""

    DIFFERENT_PERSON = "somebody-else"
    LEGAL_DUTY = "legal-duty"
    LEGAL_CLAIM = "legal-claim"
    OTHERS_RIGHTS = "others-rights"


DECLINE_REASON_TEXTS = {
    DeclineReason.LEGAL_DUTY: "a law says that it has to be kept",
    DeclineReason.LEGAL_CLAIM: "it is needed for a legal claim",
    DeclineReason.OTHERS_RIGHTS: "it would harm the rights of somebody else",
}
_COMPLAINT_NOTICE = "You may complain about this to your data protection authority."


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequest:
    """A request, as it is sealed into every inbox: what to look for, and whom to answer."""

    request_id: UUID
    kind: DataRequestKind
    account_id: UUID
    email: str
    asked_at: datetime

    def to_payload(self) -> dict[str, Any]:
        """Return what is sealed."""
        return {
            "request": str(self.request_id),
            "kind": str(self.kind),
            "account": str(self.account_id),
            "email": self.email,
            "at": self.asked_at.isoformat(),
        }

    @classmethod
    def from_payload(cls, document: Mapping[str, Any]) -> Self:
        """Return what was sealed."""
        return cls(
            request_id=UUID(document["request"]),
            kind=DataRequestKind(document["kind"]),
            account_id=UUID(document["account"]),
            email=document["email"],
            asked_at=datetime.fromisoformat(document["at"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequestCase:
    """A request that found somebody. What was looked for is not kept: she knows them her own way."""

    request_id: UUID
    kind: DataRequestKind
    asked_at: datetime
    clients: tuple[UUID, ...]
    state: CaseState = CaseState.OPEN

    @property
    def due_at(self) -> datetime:
        """Until when she is to answer."""
        return self.asked_at + RESPONSE_TERM

    def to_payload(self) -> dict[str, Any]:
        """Return what is sealed."""
        return pad_payload(
            {
                "request": self.request_id.hex,
                "kind": str(self.kind),
                "at": self.asked_at.isoformat(),
                "clients": [one.hex for one in self.clients],
                "state": str(self.state),
            }
        )

    @classmethod
    def from_payload(cls, document: Mapping[str, Any]) -> Self | None:
        """Return what was sealed, None for a request that found nobody."""
        if "request" not in document:
            return None
        return cls(
            request_id=UUID(document["request"]),
            kind=DataRequestKind(document["kind"]),
            asked_at=datetime.fromisoformat(document["at"]),
            clients=tuple(UUID(one) for one in document["clients"]),
            state=CaseState(document["state"]),
        )


def pad_payload(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document (ASCII alone) with so much beside it that all of them are of one length."""
    bare = len(_to_compact_json(document))
    return {**document, "pad": "." * (PADDED_SIZE - bare)}


def _to_compact_json(document: Mapping[str, Any]) -> str:
    import json

    return json.dumps({**document, "pad": ""}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class DataRequestAnswer:
    """What somebody is told; never by whom."""

    outcome: CaseState
    text: str


@dataclass(frozen=True, slots=True)
class SummarySection:
    """A part of what is kept about somebody. `given`: handed out unless she says otherwise."""

    name: str
    title: str
    text: str
    given: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRequest:
    """A request as the one who made it sees it."""

    id: UUID
    kind: DataRequestKind
    asked_at: datetime
    answers: list["SubjectAnswer"] = field(default_factory=list)

    @property
    def due_at(self) -> datetime:
        """Until when there is an answer, where anything is kept."""
        return self.asked_at + RESPONSE_TERM


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectAnswer:
    """An answer that arrived; `until`: when it is deleted."""

    id: UUID
    outcome: CaseState
    text: str
    arrived_at: datetime

    @property
    def delete_at(self) -> datetime:
        """When it is deleted."""
        return self.arrived_at + ANSWER_LIFETIME


def access_answer(sections: list[SummarySection]) -> DataRequestAnswer:
    """Return the answer that says what is kept."""
    parts = [f"{one.title}\n{one.text}" for one in sections]
    head = "Somebody on this site keeps this about you."
    tail = "It is kept by one person for her own records. " + _COMPLAINT_NOTICE
    return DataRequestAnswer(CaseState.ANSWERED, "\n\n".join([head, *parts, tail]))


def erasure_answer(*, all_of_it: bool) -> DataRequestAnswer:
    """Return the answer that says what went."""
    if all_of_it:
        return DataRequestAnswer(
            CaseState.ERASED,
            "Somebody kept something about you, and has erased it. Nobody can read it again.",
        )
    return DataRequestAnswer(
        CaseState.KEPT,
        "Somebody keeps something about you that has to stay for now, because a law or an authority"
        f" says so. {_COMPLAINT_NOTICE}",
    )


def decline_answer(reason: DeclineReason) -> DataRequestAnswer | None:
    """Return what is said about a refusal; nothing where it was about somebody else."""
    if reason is DeclineReason.DIFFERENT_PERSON:
        return None
    return DataRequestAnswer(
        CaseState.DECLINED,
        f"Somebody keeps something about you and does not do what you asked: {DECLINE_REASON_TEXTS[reason]}. {_COMPLAINT_NOTICE}",
    )


@dataclass(frozen=True, slots=True)
class DataRequestNotification:
    """The mail that says that there is something to read; neutral, since mails are read over shoulders."""

    page_url: str
    """Where it is read."""

    subject = "An answer waits"

    def text(self) -> str:
        """Return it as plain text."""
        return f"An answer to your question waits for you. Sign in to read it: {self.page_url}\n"

    def html(self) -> str:
        """Return it with a link."""
        link = escape(self.page_url, quote=True)
        return f'<p>An answer to your question waits for you. <a href="{link}">Sign in to read it</a></p>'
