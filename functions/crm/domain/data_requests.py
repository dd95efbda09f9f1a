"""Data subject requests: the request to all workspaces, the case in each of them, and the answers.

Whether a workspace has data about the requester must show only inside it: each request stores a document of the same
size in every workspace.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from html import escape
from typing import Any, Self
from uuid import UUID

from kit.i18n import N_
from kit.i18n import gettext as _

RESPONSE_TERM = timedelta(days=30)
"""Time for an answer, and before the same kind may be requested again."""
REQUEST_LIFETIME = timedelta(days=90)
"""Time that a request waits for workspaces to be unlocked."""
ANSWER_LIFETIME = timedelta(days=30)
"""Time that the requester can read an answer."""
MAX_CLIENTS = 8
PADDED_SIZE = 768
"""Bytes of every case, padded: a case without clients is as long as one with many."""


class DataRequestKind(StrEnum):
    """Kind of a data request."""

    ACCESS = "access"
    ERASURE = "erasure"


class CaseState(StrEnum):
    """State of a data request case."""

    OPEN = "open"
    ANSWERED = "answered"
    ERASED = "erased"
    KEPT = "kept"
    DECLINED = "declined"


class DeclineReason(StrEnum):
    """Reason of the provider to decline a request."""

    DIFFERENT_PERSON = "different-person"
    LEGAL_DUTY = "legal-duty"
    LEGAL_CLAIM = "legal-claim"
    OTHERS_RIGHTS = "others-rights"


_DECLINE_TEXTS = {
    DeclineReason.LEGAL_DUTY: N_(
        "A provider holds data about you and has declined your request: a law requires keeping it."
    ),
    DeclineReason.LEGAL_CLAIM: N_(
        "A provider holds data about you and has declined your request: it is needed for a legal claim."
    ),
    DeclineReason.OTHERS_RIGHTS: N_(
        "A provider holds data about you and has declined your request: it would harm the rights of another person."
    ),
}
_COMPLAINT_NOTICE = N_("You may complain about this to your data protection authority.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequest:
    """Data request, as encrypted to every inbox: requester to look for, and request to answer."""

    request_id: UUID
    kind: DataRequestKind
    account_id: UUID
    email: str
    asked_at: datetime

    def to_payload(self) -> dict[str, Any]:
        """Return the request as JSON, to be encrypted."""
        return {
            "request": str(self.request_id),
            "kind": str(self.kind),
            "account": str(self.account_id),
            "email": self.email,
            "at": self.asked_at.isoformat(),
        }

    @classmethod
    def from_payload(cls, document: Mapping[str, Any]) -> Self:
        """Return the request of a decrypted document."""
        return cls(
            request_id=UUID(document["request"]),
            kind=DataRequestKind(document["kind"]),
            account_id=UUID(document["account"]),
            email=document["email"],
            asked_at=datetime.fromisoformat(document["at"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequestCase:
    """Data request that matched clients. The requester's account and address are not stored with the case."""

    request_id: UUID
    kind: DataRequestKind
    asked_at: datetime
    clients: tuple[UUID, ...]
    state: CaseState = CaseState.OPEN

    @property
    def due_at(self) -> datetime:
        """Return the time by which the provider has to answer."""
        return self.asked_at + RESPONSE_TERM

    def to_payload(self) -> dict[str, Any]:
        """Return the case as JSON, to be encrypted."""
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
        """Return the case of a decrypted document, None for a request without matches."""
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
    """Return an ASCII document padded to `PADDED_SIZE` bytes."""
    bare = len(_to_compact_json(document))
    return {**document, "pad": "." * (PADDED_SIZE - bare)}


def _to_compact_json(document: Mapping[str, Any]) -> str:
    import json

    return json.dumps({**document, "pad": ""}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class DataRequestAnswer:
    """Answer to a data request; the provider is not named."""

    outcome: CaseState
    text: str


@dataclass(frozen=True, slots=True)
class SummarySection:
    """Section of the data about a client. `included`: selected by default."""

    name: str
    title: str
    text: str
    included: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRequest:
    """Data request as its requester sees it."""

    id: UUID
    kind: DataRequestKind
    asked_at: datetime
    answers: list["SubjectAnswer"] = field(default_factory=list)

    @property
    def due_at(self) -> datetime:
        """Return the time by which answers are due."""
        return self.asked_at + RESPONSE_TERM


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectAnswer:
    """Released answer, as its requester sees it."""

    id: UUID
    outcome: CaseState
    text: str
    arrived_at: datetime

    @property
    def delete_at(self) -> datetime:
        """Return the time at which the answer is deleted."""
        return self.arrived_at + ANSWER_LIFETIME


def access_answer(sections: list[SummarySection]) -> DataRequestAnswer:
    """Return the answer that discloses the chosen sections, in the language of the provider who wrote them."""
    return DataRequestAnswer(
        CaseState.ANSWERED,
        "\n\n".join(
            [
                _("A provider on this site holds this data about you."),
                *(f"{_(one.title)}\n{one.text}" for one in sections),
                _with_complaint_notice(_("One provider keeps this data in private records.")),
            ]
        ),
    )


def erasure_answer(*, all_of_it: bool) -> DataRequestAnswer:
    """Return the answer to an erasure request."""
    if all_of_it:
        return DataRequestAnswer(
            CaseState.ERASED,
            _("A provider held data about you and has deleted it. It cannot be recovered."),
        )
    return DataRequestAnswer(
        CaseState.KEPT,
        _with_complaint_notice(
            _(
                "A provider holds data about you that must be kept for now, because a law or an authority"
                " requires it."
            )
        ),
    )


def decline_answer(reason: DeclineReason) -> DataRequestAnswer | None:
    """Return the answer of a declined case; None if it concerns a different person."""
    if reason is DeclineReason.DIFFERENT_PERSON:
        return None
    return DataRequestAnswer(CaseState.DECLINED, _with_complaint_notice(_(_DECLINE_TEXTS[reason])))


def _with_complaint_notice(text: str) -> str:
    return f"{text} {_(_COMPLAINT_NOTICE)}"


@dataclass(frozen=True, slots=True)
class DataRequestNotification:
    """Notification e-mail about an answer; neutral, since mails are read over shoulders."""

    page_url: str
    """Address of the page with the answers."""

    def subject(self) -> str:
        """Return the subject."""
        return _("You have an answer")

    def text(self) -> str:
        """Return the e-mail as plain text."""
        text = _(
            "There is an answer to your request. Sign in to read it: %(link)s", link=self.page_url
        )
        return f"{text}\n"

    def html(self) -> str:
        """Return the e-mail as HTML."""
        link = escape(self.page_url, quote=True)
        text = _(
            'There is an answer to your request. <a href="%(link)s">Sign in to read it</a>',
            link=link,
        )
        return f"<p>{text}</p>"
