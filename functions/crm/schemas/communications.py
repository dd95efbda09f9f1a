"""JSON schemas of communications."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from crm.domain.communications import Communication
from crm.domain.enums import CommunicationType, Direction
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Cursor, Limit, OwnId, ShortText, Text, Version
from crm.service.records import RecordPage
from kit.datetime_fields import Moment
from kit.http import Request, Response


class CommunicationBody(Request):
    """Content of a communication, in a request."""

    type: CommunicationType
    direction: Direction
    happened_at: Moment
    subject: ShortText = ""
    text: Text = ""

    def to_input(self) -> Communication:
        """Return the communication of the domain."""
        return Communication(
            type=self.type,
            direction=self.direction,
            happened_at=self.happened_at,
            subject=self.subject,
            text=self.text,
        )


class CreateCommunication(CommunicationBody):
    """Request to add a communication with a client."""

    client_id: UUID
    id: OwnId = None


class UpdateCommunication(CommunicationBody):
    """Request to update a communication."""

    version: Version


class CommunicationsQuery(Request):
    """Query parameters of the communication list."""

    client_id: UUID | None = None
    type: CommunicationType | None = None
    direction: Direction | None = None
    since: Moment | None = None
    until: Moment | None = Field(None, description="Before this moment.")
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> RecordFilter:
        """Return the record filter."""
        asked = {"type": self.type, "direction": self.direction}
        return RecordFilter(
            client_id=self.client_id,
            equal={name: value for name, value in asked.items() if value is not None},
            since=self.since,
            until=self.until,
        )


class CommunicationView(Response):
    """Message or call."""

    id: UUID
    client_id: UUID
    client_name: str | None
    type: CommunicationType
    direction: Direction
    happened_at: datetime
    subject: str
    text: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_domain(
        cls, stored: Stored[Communication], client_name: str | None = None
    ) -> "CommunicationView":
        """Return the view of a communication."""
        communication = stored.payload
        return cls(
            id=stored.id,
            client_id=stored.client_id,
            client_name=client_name,
            type=communication.type,
            direction=communication.direction,
            happened_at=communication.happened_at,
            subject=communication.subject,
            text=communication.text,
            version=stored.version,
            created_at=stored.created_at,
            updated_at=stored.updated_at,
        )


class CommunicationPage(Response):
    """Page of communications, the latest first."""

    items: list[CommunicationView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: RecordPage[Communication]) -> "CommunicationPage":
        """Return the view of a page."""
        return cls(
            items=[
                CommunicationView.from_domain(one, page.names.get(one.client_id))
                for one in page.items
            ],
            next_cursor=page.next_cursor,
        )
