"""JSON schemas of screenings."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from crm.domain.enums import ClientScreeningStatus, ScreeningResult, ScreeningType
from crm.domain.screening import Screening
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Cursor, Limit, Line, Text, Version
from crm.service.records import RecordPage
from kit.datetime_fields import Moment
from kit.http import Request, Response

_CLIENT_STATUS = "New screening status of the client, set in the same request."


class ScreeningBody(Request):
    """Method and findings of a screening, in a request."""

    type: ScreeningType
    details: Text = ""
    sites: list[Line] = Field(
        default=[], max_length=20, description="Some of the client's reference sites, by name."
    )

    def to_screening(self) -> Screening:
        """Return the screening of the domain."""
        return Screening(type=self.type, details=self.details, sites=tuple(self.sites))


class CreateScreening(ScreeningBody):
    """Request to add a screening, which is pending."""

    client_id: UUID
    client_status: ClientScreeningStatus | None = Field(default=None, description=_CLIENT_STATUS)


class UpdateScreening(ScreeningBody):
    """Request to update a screening; `verify` and `fail` change the result."""

    version: Version


class VerifyScreening(Request):
    """Request to mark a screening as passed."""

    expires_at: Moment | None = Field(default=None, description="End of its validity.")
    client_status: ClientScreeningStatus | None = Field(default=None, description=_CLIENT_STATUS)


class FailScreening(Request):
    """Request to mark a screening as failed."""

    client_status: ClientScreeningStatus | None = Field(default=None, description=_CLIENT_STATUS)


class ScreeningsQuery(Request):
    """Query parameters of the screening list."""

    client_id: UUID | None = None
    type: ScreeningType | None = None
    status: ScreeningResult | None = None
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> RecordFilter:
        """Return the record filter."""
        equal = {name: getattr(self, name) for name in ("type", "status")}
        return RecordFilter(
            client_id=self.client_id,
            equal={name: value for name, value in equal.items() if value is not None},
        )


class ScreeningView(Response):
    """Screening; past its end it is expired at once."""

    id: UUID
    client_id: UUID
    client_name: str
    type: ScreeningType
    status: ScreeningResult
    verified_at: datetime | None
    expires_at: datetime | None
    details: str
    sites: list[str]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_domain(
        cls, stored: Stored[Screening], client_name: str, now: datetime
    ) -> "ScreeningView":
        """Return the view of a screening at a moment."""
        entry = stored.payload
        return cls(
            id=stored.id,
            client_id=stored.client_id,
            client_name=client_name,
            type=entry.type,
            status=entry.status_at(now),
            verified_at=entry.verified_at,
            expires_at=entry.expires_at,
            details=entry.details,
            sites=list(entry.sites),
            version=stored.version,
            created_at=stored.created_at,
            updated_at=stored.updated_at,
        )


class ScreeningPage(Response):
    """Page of screenings."""

    items: list[ScreeningView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: RecordPage[Screening], now: datetime) -> "ScreeningPage":
        """Return the view of a page."""
        items = [
            ScreeningView.from_domain(one, page.names.get(one.client_id, ""), now)
            for one in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor)
