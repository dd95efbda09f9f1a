"""JSON schemas of visits."""

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
    """Data of a visit, in a request."""

    starts_at: Moment
    time_zone: Zone
    duration_minutes: Minutes
    type: VisitType
    status: VisitStatus = VisitStatus.PLANNED
    currency: Currency
    rate_minor: MinorUnits | None = None
    rate_type: RateType = Field(
        default=RateType.FIXED,
        description="Hourly rates are per hour, all others for the whole visit.",
    )
    payment_method: PaymentMethod | None = None
    payment_status: PaymentState = PaymentState.PENDING
    received_minor: MinorUnits = 0
    expenses_minor: MinorUnits = 0
    would_see_again: bool | None = Field(
        default=None, description="Null means that no answer is stored."
    )
    client_rating: Annotated[int, Field(ge=1, le=5)] | None = None
    location: Text = ""
    notes: Text = ""
    preferences: Text = ""
    characteristics: Text = ""

    def to_visit(self) -> Visit:
        """Return the visit of the domain."""
        values = {name: getattr(self, name) for name in VisitBody.model_fields}
        return Visit(**values)


class CreateVisit(VisitBody):
    """Request to add a visit."""

    client_id: UUID
    id: OwnId = None


class UpdateVisit(VisitBody):
    """Request to update a visit."""

    version: Version


class PayVisit(Request):
    """Payment of a visit: `{}` means that the full price was paid."""

    payment_status: PaymentState = PaymentState.PAID
    received_minor: MinorUnits | None = Field(
        default=None, description="Total amount received; by default the amount due."
    )
    payment_method: PaymentMethod | None = None
    currency: Currency | None = Field(default=None, description="Refused unless it is the visit's.")
    version: Version | None = None

    def to_payment(self) -> Payment:
        """Return the payment of the visit service."""
        return Payment(
            status=self.payment_status,
            received_minor=self.received_minor,
            method=self.payment_method,
            currency=self.currency,
        )


class VisitsQuery(Request):
    """Query parameters of the visit list."""

    client_id: UUID | None = None
    status: VisitStatus | None = None
    type: VisitType | None = None
    payment_status: PaymentState | None = None
    since: Moment | None = None
    until: Moment | None = None
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> RecordFilter:
        """Return the record filter."""
        equal = {name: getattr(self, name) for name in ("status", "type", "payment_status")}
        return RecordFilter(
            client_id=self.client_id,
            equal={name: value for name, value in equal.items() if value is not None},
            since=self.since,
            until=self.until,
        )


class VisitView(Response):
    """Visit; amounts that follow from others are computed here and stored nowhere."""

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
        """Return the view of a visit."""
        values: dict[str, Any] = {
            name: getattr(stored if name in _OF_ROW else stored.payload, name)
            for name in cls.model_fields.keys() - {"client_name"}
        }
        return cls(client_name=client_name, **values)


_OF_ROW = frozenset({"id", "client_id", "version", "created_at", "updated_at"})


class VisitPage(Response):
    """Page of visits."""

    items: list[VisitView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: RecordPage[Visit]) -> "VisitPage":
        """Return the view of a page."""
        items = [
            VisitView.from_domain(one, page.names.get(one.client_id, "")) for one in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor)
