"""View models of a visit for lists and timelines."""

from typing import Any

from crm.domain.enums import PaymentState, VisitStatus
from crm.domain.visits import Visit
from crm.pages.labels import (
    PAID_BY,
    PAYMENT,
    VISIT,
    VISIT_TYPE,
    Badge,
    format_datetime,
    format_money,
    options,
)
from crm.repository.encrypted_records import Stored
from kit.formats import format_duration
from kit.i18n import gettext as _


def visit_row(stored: Stored[Visit], name: str) -> dict[str, Any]:
    """Return the list row of a visit."""
    visit, snapshot = stored.payload, stored.payload.booking_snapshot
    is_known = snapshot is None or snapshot.has_received_amount
    is_unpaid = visit.payment_status is PaymentState.PENDING
    return {
        "id": stored.id,
        "client": stored.client_id,
        "name": name,
        "version": stored.version,
        "when": format_datetime(visit.starts_at, visit.time_zone),
        "iso_time": visit.starts_at.isoformat(),
        "length": format_duration(visit.duration_minutes),
        "type": VISIT_TYPE[visit.type],
        "state": VISIT[visit.status],
        "payment": payment_badge(visit.status, visit.payment_status),
        "due": format_money(visit.due_minor, visit.currency),
        "received": received_text(
            visit.received_minor,
            visit.currency,
            visit.payment_status,
            is_known=is_known,
        ),
        "is_received_known": is_known or bool(visit.received_minor) or not is_unpaid,
        "place": visit.location,
        "methods": payment_options(visit),
    }


def received_text(minor: int, currency: str, status: PaymentState, *, is_known: bool) -> str:
    """Return the amount received, or an empty text for none."""
    if minor:
        return format_money(minor, currency)
    # The provider has not entered an amount, so it is unknown rather than zero.
    return _("Not known") if status is PaymentState.PENDING and not is_known else ""


def payment_badge(status: VisitStatus, payment_status: PaymentState) -> Badge | None:
    """Return the badge of the payment, or None where it is irrelevant: only a completed visit need be paid."""
    unpaid = payment_status in (PaymentState.PENDING, PaymentState.CANCELLED)
    return None if unpaid and status is not VisitStatus.COMPLETED else PAYMENT[payment_status]


def payment_options(visit: Visit) -> list[tuple[str, str]]:
    """Return the payment methods to offer as buttons; none if no amount is due."""
    if visit.status not in (VisitStatus.PLANNED, VisitStatus.COMPLETED):
        return []
    if visit.payment_status not in (PaymentState.PENDING, PaymentState.PARTIAL):
        return []
    return options(PAID_BY) if visit.due_minor else []
