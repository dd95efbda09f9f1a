"""Checks of clients, as the API takes and shows them."""

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

_STANDING = "Where the client stands from now on, said in the same breath."


class ScreeningBody(Request):
    """How somebody is checked."""

    type: ScreeningType
    details: Text = ""
    sites: list[Line] = Field(
        default=[], max_length=20, description="Some of the client's reference sites, by name."
    )

    def to_screening(self) -> Screening:
        """Return it as the use case takes it."""
        return Screening(type=self.type, details=self.details, sites=tuple(self.sites))


class CreateScreening(ScreeningBody):
    """A new one; it is pending."""

    client_id: UUID
    client_status: ClientScreeningStatus | None = Field(default=None, description=_STANDING)


class UpdateScreening(ScreeningBody):
    """One as it is to be from now on; how it ended is said by `verify` and `fail`."""

    version: Version


class VerifyScreening(Request):
    """It was passed."""

    expires_at: Moment | None = Field(default=None, description="Until when it counts.")
    client_status: ClientScreeningStatus | None = Field(default=None, description=_STANDING)


class FailScreening(Request):
    """It was not passed."""

    client_status: ClientScreeningStatus | None = Field(default=None, description=_STANDING)


class ScreeningsQuery(Request):
    """Which of the checks."""

    client_id: UUID | None = None
    type: ScreeningType | None = None
    status: ScreeningResult | None = None
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> RecordFilter:
        """Return it as the use case takes it."""
        equal = {name: getattr(self, name) for name in ("type", "status")}
        return RecordFilter(
            client_id=self.client_id,
            equal={name: value for name, value in equal.items() if value is not None},
        )


class ScreeningView(Response):
    """A check; one whose time is over is expired at once."""

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
        """Return a check as it is shown at a moment."""
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
    """Some of the checks."""

    items: list[ScreeningView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: RecordPage[Screening], now: datetime) -> "ScreeningPage":
        """Return a page of a list."""
        items = [
            ScreeningView.from_domain(one, page.names.get(one.client_id, ""), now)
            for one in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor)
