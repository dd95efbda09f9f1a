"""Visits: add, change and record payments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from crm.domain.enums import PaymentMethod, PaymentState
from crm.domain.visits import Visit, unknown_time_zone
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.repository.time_zones import is_known
from crm.repository.visits import VISITS
from crm.service.records import PAGE, RecordPage, RecordService, name_of
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Payment of a visit; without an amount, the full price, or zero if the status is not paid."""

    status: PaymentState = PaymentState.PAID
    received_minor: int | None = None
    method: PaymentMethod | None = None
    currency: str | None = None


class VisitService:
    """Visits of one unlocked workspace."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._records = RecordService(context, VISITS)

    def add(self, client_id: UUID, visit: Visit, visit_id: UUID | None = None) -> Stored[Visit]:
        """Add a visit; the same id sent twice adds one visit."""
        self._check(visit)
        return self._records.add(client_id, visit, visit_id)

    def get(self, visit_id: UUID) -> Stored[Visit]:
        """Return a visit; raise `NotFound`."""
        return self._records.get(visit_id)

    def update(self, visit_id: UUID, version: int, visit: Visit) -> Stored[Visit]:
        """Update a visit that is at `version`; the link to its booking is kept."""
        before = self._records.get(visit_id).payload
        visit = replace(
            visit, booking_id=before.booking_id, booking_snapshot=before.booking_snapshot
        )
        self._check(visit)
        return self._records.update(visit_id, version, visit)

    def pay(self, visit_id: UUID, payment: Payment, version: int | None = None) -> Stored[Visit]:
        """Record the payment of a visit."""
        before = self._records.get(visit_id)
        visit = paid(before.payload, payment)
        return self._records.update(visit_id, before.version if version is None else version, visit)

    def delete(self, visit_id: UUID) -> None:
        """Delete a visit."""
        self._records.delete(visit_id)

    def list(
        self, record_filter: RecordFilter, cursor: str | None = None, limit: int = PAGE
    ) -> RecordPage[Visit]:
        """Return a page of visits, the latest first."""
        return self._records.list(record_filter, cursor, limit)

    def name_of(self, stored: Stored[Visit]) -> str:
        """Return the name of the visit's client."""
        return name_of(self._context, stored.client_id)

    def _check(self, visit: Visit) -> None:
        visit.check_time(self._context.now())
        if not is_known(self._context.work, visit.time_zone):
            raise unknown_time_zone()


def paid(visit: Visit, payment: Payment) -> Visit:
    """Return the visit with a payment; raise `Invalid` for a contradictory payment."""
    if payment.currency not in (None, visit.currency):
        raise Invalid(
            "currency-differs", _("The amounts of this visit are in %(currency)s.", currency=visit.currency),
            field="currency",
        )  # fmt: skip
    received = payment.received_minor
    if received is None:
        received = _RECEIVED[payment.status](visit)
    return replace(
        visit,
        received_minor=received,
        payment_status=payment.status,
        payment_method=payment.method or visit.payment_method,
    )


# Default amounts; a partial payment without an amount is rejected by the visit itself.
_RECEIVED: Mapping[PaymentState, Callable[[Visit], int]] = {
    PaymentState.PAID: lambda visit: visit.due_minor or 0,
    PaymentState.PARTIAL: lambda _: 0,
    PaymentState.PENDING: lambda _: 0,
    PaymentState.CANCELLED: lambda visit: visit.received_minor,
}
