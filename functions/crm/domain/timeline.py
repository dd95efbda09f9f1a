"""Timeline of a client: one entry per record of any kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from crm.domain.booking_snapshot import BookingSnapshot


class TimelineKind(StrEnum):
    """Kind of record that a timeline entry shows."""

    VISIT = "visit"
    SCREENING = "screening"
    REFERENCE = "reference"
    COMMUNICATION = "communication"
    TASK = "task"
    MERGE = "merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Timeline entry: plaintext values as far as the record has them, and the text."""

    kind: TimelineKind
    id: UUID
    at: datetime
    """Time of the record; visits and tasks may be in the future."""
    status: str | None
    type: str | None
    direction: str | None
    duration_minutes: int | None
    currency: str | None
    received_minor: int | None
    due_minor: int | None
    payment_status: str | None
    time_zone: str | None
    due_at: datetime | None
    done_at: datetime | None
    expires_at: datetime | None
    title: str
    text: str
    is_readable: bool = True
    """False if the document cannot be decrypted: then the title says so."""
    is_received_known: bool = True
    """False for a visit from a booking that reported no received amount."""


def entry_text(kind: TimelineKind, document: Mapping[str, Any]) -> tuple[str, str]:
    """Return title and text of a decrypted document; intimate values are shown on the record's own page only."""
    match kind:
        case TimelineKind.VISIT:
            found = (document.get("location"), document.get("notes"))
        case TimelineKind.SCREENING:
            found = (", ".join(document.get("sites", ())), document.get("details"))
        case TimelineKind.REFERENCE:
            found = (document.get("name"), document.get("notes"))
        case TimelineKind.COMMUNICATION:
            found = (document.get("subject"), document.get("text"))
        case TimelineKind.TASK:
            found = (document.get("title"), document.get("notes"))
        case TimelineKind.MERGE:
            found = (document["details"]["name"], None)
    return found[0] or "", found[1] or ""


def has_received_amount(document: Mapping[str, Any]) -> bool:
    """Return whether the amount received is known: false for a visit from a booking that did not report one."""
    booking = document.get("booking")
    return booking is None or BookingSnapshot.from_payload(booking).has_received_amount
