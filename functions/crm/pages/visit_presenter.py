"""How lists and timelines show a visit."""

from typing import Any

from crm.domain.enums import PaymentState, VisitStatus
from crm.domain.visits import Visit
from crm.pages.labels import (
    METHOD,
    PAYMENT,
    VISIT,
    VISIT_TYPE,
    format_datetime,
    format_money,
    options,
)
from crm.repository.encrypted_records import Stored
from kit.pages.formatting import duration


def visit_row(stored: Stored[Visit], name: str) -> dict[str, Any]:
    """Return how a list shows a visit."""
    visit = stored.payload
    return {
        "id": stored.id,
        "client": stored.client_id,
        "name": name,
        "version": stored.version,
        "when": format_datetime(visit.starts_at, visit.time_zone),
        "machine": visit.starts_at.isoformat(),
        "length": duration(visit.duration_minutes),
        "type": VISIT_TYPE[visit.type],
        "state": VISIT[visit.status],
        "payment": None if _says_nothing(visit) else PAYMENT[visit.payment_status],
        "due": format_money(visit.due_minor, visit.currency),
        "received": _received(visit),
        "place": visit.location,
        "methods": payable(visit),
    }


def _received(visit: Visit) -> str:
    if visit.received_minor:
        return format_money(visit.received_minor, visit.currency)
    # Nobody said that it was nothing.
    is_open = visit.payment_status is PaymentState.PENDING
    return (
        "Not known"
        if is_open and visit.booking_snapshot and not visit.booking_snapshot.has_received_amount
        else ""
    )


def payable(visit: Visit) -> list[tuple[str, str]]:
    """Return the buttons for paying in one tap; none, where nothing is due."""
    if visit.status not in (VisitStatus.PLANNED, VisitStatus.COMPLETED):
        return []
    if visit.payment_status not in (PaymentState.PENDING, PaymentState.PARTIAL):
        return []
    return options(METHOD)[:2] if visit.due_minor else []


def _says_nothing(visit: Visit) -> bool:
    """What has not taken place need not be paid."""
    unpaid = visit.payment_status in (PaymentState.PENDING, PaymentState.CANCELLED)
    return unpaid and visit.status is not VisitStatus.COMPLETED
