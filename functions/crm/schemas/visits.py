"""Visits, as the API takes and shows them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from crm.domain.enums import PaymentMethod, PaymentState, RateType, VisitStatus, VisitType
from crm.domain.visits import MAX_MINUTES, Visit
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Currency, Cursor, Limit, MinorUnits, OwnId, Text, Version
from crm.service.records import RecordPage
from crm.service.visits import Payment
from kit.datetime_fields import Moment
from kit.http import Request, Response

Minutes = Annotated[int, Field(ge=1, le=MAX_MINUTES)]
Zone = Annotated[
    str, Field(max_length=64, description="Where it takes place, such as Europe/Zurich.")
]


class VisitBody(Request):
    """What is to be kept of a meeting."""

    starts_at: Moment
    time_zone: Zone
    duration_minutes: Minutes
    type: VisitType
    status: VisitStatus = VisitStatus.PLANNED
    currency: Currency
    rate_minor: MinorUnits | None = None
    rate_type: RateType = Field(
        default=RateType.FIXED, description="By the hour, or for all of it in the other cases."
    )
    payment_method: PaymentMethod | None = None
    payment_status: PaymentState = PaymentState.PENDING
    received_minor: MinorUnits = 0
    expenses_minor: MinorUnits = 0
    would_see_again: bool | None = Field(default=None, description="Nothing said is not a yes.")
    client_rating: Annotated[int, Field(ge=1, le=5)] | None = None
    location: Text = ""
    notes: Text = ""
    preferences: Text = ""
    characteristics: Text = ""

    def to_visit(self) -> Visit:
        """Return it as the use case takes it."""
        values = {name: getattr(self, name) for name in VisitBody.model_fields}
        return Visit(**values)


class CreateVisit(VisitBody):
    """A new one."""

    client_id: UUID
    id: OwnId = None


class UpdateVisit(VisitBody):
    """One as it is to be from now on."""

    version: Version


class PayVisit(Request):
    """What came for a visit: `{}` says that all of it was paid."""

    payment_status: PaymentState = PaymentState.PAID
    received_minor: MinorUnits | None = Field(
        default=None, description="In all; without it, what was due."
    )
    payment_method: PaymentMethod | None = None
    currency: Currency | None = Field(default=None, description="Refused unless it is the visit's.")
    version: Version | None = None

    def to_payment(self) -> Payment:
        """Return it as the use case takes it."""
        return Payment(
            status=self.payment_status,
            received_minor=self.received_minor,
            method=self.payment_method,
            currency=self.currency,
        )


class VisitsQuery(Request):
    """Which of the visits."""

    client_id: UUID | None = None
    status: VisitStatus | None = None
    type: VisitType | None = None
    payment_status: PaymentState | None = None
    since: Moment | None = None
    until: Moment | None = None
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> RecordFilter:
        """Return it as the use case takes it."""
        equal = {name: getattr(self, name) for name in ("status", "type", "payment_status")}
        return RecordFilter(
            client_id=self.client_id,
            equal={name: value for name, value in equal.items() if value is not None},
            since=self.since,
            until=self.until,
        )


class VisitView(Response):
    """A meeting; what follows from the amounts is counted here and stored nowhere."""

    id: UUID
    client_id: UUID
    client_name: str
    booking_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    duration_minutes: int
    type: VisitType
    status: VisitStatus
    currency: str
    rate_minor: int | None
    rate_type: RateType
    due_minor: int | None
    payment_method: PaymentMethod | None
    payment_status: PaymentState
    received_minor: int
    expenses_minor: int
    net_minor: int
    outstanding_minor: int
    would_see_again: bool | None
    client_rating: int | None
    location: str
    notes: str
    preferences: str
    characteristics: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_domain(cls, stored: Stored[Visit], client_name: str) -> "VisitView":
        """Return a visit as it is shown."""
        values: dict[str, Any] = {
            name: getattr(stored if name in _OF_ROW else stored.payload, name)
            for name in cls.model_fields.keys() - {"client_name"}
        }
        return cls(client_name=client_name, **values)


_OF_ROW = frozenset({"id", "client_id", "version", "created_at", "updated_at"})


class VisitPage(Response):
    """Some of the visits."""

    items: list[VisitView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: RecordPage[Visit]) -> "VisitPage":
        """Return a page of a list."""
        items = [
            VisitView.from_domain(one, page.names.get(one.client_id, "")) for one in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor)
