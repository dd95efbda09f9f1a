"""Meetings: write them down, put them right, say what was paid."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from crm.domain.enums import PaymentMethod, PaymentState
from crm.domain.visits import Visit, no_such_zone
from crm.repository.encrypted_records import Kept, Wanted
from crm.repository.record_types import VISITS
from crm.repository.time_zones import knows_zone
from crm.service.records import PAGE, Entries, EntryPage, name_of
from crm.service.unlocked_context import Desk
from kit.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What came for a visit; without an amount, all that was due, or nothing where it is not paid."""

    status: PaymentState = PaymentState.PAID
    received_minor: int | None = None
    method: PaymentMethod | None = None
    currency: str | None = None


class Visits:
    """The meetings in one open book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._entries = Entries(desk, VISITS)

    def add(self, client_id: UUID, visit: Visit, visit_id: UUID | None = None) -> Kept[Visit]:
        """Write one down; sent twice under one id, it is there once."""
        self._check(visit)
        return self._entries.add(client_id, visit, visit_id)

    def one(self, visit_id: UUID) -> Kept[Visit]:
        """Return one; raise `NotFound`."""
        return self._entries.one(visit_id)

    def replace(self, visit_id: UUID, version: int, visit: Visit) -> Kept[Visit]:
        """Change one that was read at `version`; which booking it came from stays."""
        before = self._entries.one(visit_id).entry
        visit = replace(visit, booking_id=before.booking_id, said=before.said)
        self._check(visit)
        return self._entries.replace(visit_id, version, visit)

    def pay(self, visit_id: UUID, payment: Payment, version: int | None = None) -> Kept[Visit]:
        """Write down what came for it."""
        before = self._entries.one(visit_id)
        visit = paid(before.entry, payment)
        return self._entries.replace(
            visit_id, before.version if version is None else version, visit
        )

    def remove(self, visit_id: UUID) -> None:
        """Take one away."""
        self._entries.remove(visit_id)

    def page(
        self, wanted: Wanted, cursor: str | None = None, limit: int = PAGE
    ) -> EntryPage[Visit]:
        """Return some of them, the latest first."""
        return self._entries.page(wanted, cursor, limit)

    def name_of(self, kept: Kept[Visit]) -> str:
        """Return what its client is called."""
        return name_of(self._desk, kept.client_id)

    def _check(self, visit: Visit) -> None:
        visit.check_time(self._desk.now())
        if not knows_zone(self._desk.work, visit.zone):
            raise no_such_zone()


def paid(visit: Visit, payment: Payment) -> Visit:
    """Return the visit with what came for it; raise `Invalid` where that cannot be."""
    if payment.currency not in (None, visit.currency):
        raise Invalid(
            "currency-differs", f"The amounts of this visit are in {visit.currency}.",
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


# What is meant where no amount is said; a part without one is refused by the visit itself.
_RECEIVED: Mapping[PaymentState, Callable[[Visit], int]] = {
    PaymentState.PAID: lambda visit: visit.due_minor or 0,
    PaymentState.PARTIAL: lambda _: 0,
    PaymentState.PENDING: lambda _: 0,
    PaymentState.CANCELLED: lambda visit: visit.received_minor,
}
