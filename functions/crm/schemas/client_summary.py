"""JSON schemas of a client's summary and timeline."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from crm.domain.client_summary import ClientSummary
from crm.domain.clients import Client
from crm.domain.timeline import TimelineKind
from crm.schemas.clients import ClientView
from crm.schemas.fields import Cursor, Limit
from crm.service.timeline import Timeline
from kit.http import Request, Response


class RevenueView(Response):
    """Revenue of completed visits in one currency."""

    currency: str
    visits: int
    received_minor: int
    expenses_minor: int
    net_minor: int


class ClientSummaryView(ClientView):
    """Client with its summary at this moment."""

    revenue: list[RevenueView]
    last_visit_at: datetime | None
    next_visit_at: datetime | None
    open_tasks: int
    overdue_tasks: int
    screening_valid: bool
    screening_valid_until: datetime | None = Field(
        description="Null if no screening is valid, or one is valid without an end."
    )

    @classmethod
    def from_summary(cls, client: Client, card: ClientSummary) -> "ClientSummaryView":
        """Return the view of a client and its summary."""
        shown = ClientView.from_domain(client)
        counted = {
            name: getattr(card, name) for name in ClientSummary.__slots__ if name != "revenue"
        }
        revenue = [RevenueView.model_validate(one) for one in card.revenue]
        return cls.model_validate(
            {name: getattr(shown, name) for name in ClientView.model_fields}
            | counted
            | {"revenue": revenue}
        )


class TimelineQuery(Request):
    """Query parameters of a timeline."""

    cursor: Cursor | None = None
    limit: Limit = 50


class TimelineEntryView(Response):
    """Timeline entry; values that its kind does not have are null."""

    kind: TimelineKind
    id: UUID = Field(description="Id of the record.")
    at: datetime
    status: str | None
    type: str | None
    direction: str | None
    duration_minutes: int | None
    currency: str | None
    received_minor: int | None
    due_at: datetime | None
    done_at: datetime | None
    expires_at: datetime | None
    title: str
    text: str


class TimelineView(Response):
    """Page of a client's timeline, the latest first."""

    items: list[TimelineEntryView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, found: Timeline) -> "TimelineView":
        """Return the view of a page."""
        return cls(
            items=[TimelineEntryView.model_validate(one) for one in found.items],
            next_cursor=found.next_cursor,
        )
