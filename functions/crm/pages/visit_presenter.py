"""View models of a visit for lists and timelines."""

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
    """Return the list row of a visit."""
    visit = stored.payload
    return {
        "id": stored.id,
        "client": stored.client_id,
        "name": name,
        "version": stored.version,
        "when": format_datetime(visit.starts_at, visit.time_zone),
        "iso_time": visit.starts_at.isoformat(),
        "length": duration(visit.duration_minutes),
        "type": VISIT_TYPE[visit.type],
        "state": VISIT[visit.status],
        "payment": None if _is_payment_irrelevant(visit) else PAYMENT[visit.payment_status],
        "due": format_money(visit.due_minor, visit.currency),
        "received": _received(visit),
        "place": visit.location,
        "methods": payment_options(visit),
    }


def _received(visit: Visit) -> str:
    if visit.received_minor:
        return format_money(visit.received_minor, visit.currency)
    # The provider has not entered an amount, so it is unknown rather than zero.
    is_open = visit.payment_status is PaymentState.PENDING
    return (
        "Not known"
        if is_open and visit.booking_snapshot and not visit.booking_snapshot.has_received_amount
        else ""
    )


def payment_options(visit: Visit) -> list[tuple[str, str]]:
    """Return the payment methods to offer as buttons; none if no amount is due."""
    if visit.status not in (VisitStatus.PLANNED, VisitStatus.COMPLETED):
        return []
    if visit.payment_status not in (PaymentState.PENDING, PaymentState.PARTIAL):
        return []
    return options(METHOD)[:2] if visit.due_minor else []


def _is_payment_irrelevant(visit: Visit) -> bool:
    """Return whether the payment need not be shown: a visit that is not completed need not be paid."""
    unpaid = visit.payment_status in (PaymentState.PENDING, PaymentState.CANCELLED)
    return unpaid and visit.status is not VisitStatus.COMPLETED
