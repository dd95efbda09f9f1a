"""JSON schemas of references."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm.domain.enums import ReferenceStatus
from crm.domain.references import DELETE_AFTER_DAYS, Reference
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Cursor, Limit, Name, ShortText, Text, Version
from crm.service.records import RecordPage
from kit import clock
from kit.datetime_fields import Moment
from kit.http import Request, Response


class ReferenceBody(Request):
    """Data of a reference, in a request."""

    name: Name
    contact: ShortText = ""
    relationship: ShortText = ""
    notes: Text = ""
    status: ReferenceStatus = ReferenceStatus.PENDING
    contacted_at: Moment | None = None
    forget_after_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=DELETE_AFTER_DAYS,
        description="Days from the answer to the deletion, since the person did not agree to be stored.",
    )

    def to_reference(self) -> Reference:
        """Return the reference of the domain, from which the service computes the deletion date."""
        values = {name: getattr(self, name) for name in ReferenceBody.model_fields}
        return Reference(**values, forgotten_on=clock.now())


class CreateReference(ReferenceBody):
    """Request to add a reference."""

    client_id: UUID


class UpdateReference(ReferenceBody):
    """Request to update a reference."""

    version: Version


class ReferencesQuery(Request):
    """Query parameters of the reference list."""

    client_id: UUID | None = None
    status: ReferenceStatus | None = None
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> RecordFilter:
        """Return the record filter."""
        equal = {} if self.status is None else {"status": self.status}
        return RecordFilter(client_id=self.client_id, equal=equal)


class ReferenceView(Response):
    """Reference, with its deletion date."""

    id: UUID
    client_id: UUID
    client_name: str
    name: str
    contact: str
    relationship: str
    notes: str
    status: ReferenceStatus
    contacted_at: datetime | None
    answered_at: datetime | None
    forget_after_days: int
    forgotten_on: datetime
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_domain(cls, stored: Stored[Reference], client_name: str) -> "ReferenceView":
        """Return the view of a reference."""
        entry = stored.payload
        return cls(
            id=stored.id,
            client_id=stored.client_id,
            client_name=client_name,
            name=entry.name,
            contact=entry.contact,
            relationship=entry.relationship,
            notes=entry.notes,
            status=entry.status,
            contacted_at=entry.contacted_at,
            answered_at=entry.answered_at,
            forget_after_days=entry.forget_after_days,
            forgotten_on=entry.forgotten_on,
            version=stored.version,
            created_at=stored.created_at,
            updated_at=stored.updated_at,
        )


class ReferencePage(Response):
    """Page of references."""

    items: list[ReferenceView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: RecordPage[Reference]) -> "ReferencePage":
        """Return the view of a page."""
        items = [
            ReferenceView.from_domain(one, page.names.get(one.client_id, "")) for one in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor)
