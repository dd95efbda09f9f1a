"""JSON schemas of clients."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from crm.domain.clients import Client, ClientProfile, ReferenceSite
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.schemas.fields import Cursor, Email, Limit, Line, Name, PhoneText, Tag, Text, Version
from crm.service.clients import ClientInput, ClientQuery
from crm.service.clients import ClientPage as ClientResults
from kit.http import Request, Response


class SiteBody(Request):
    """Reference site of a client, in a request."""

    site: Line
    handle: Line


class ClientBody(Request):
    """Data of a client, in a request."""

    name: Name = Field(description="Name that the provider uses for the client; encrypted.")
    aliases: list[Name] = Field(default=[], max_length=20)
    phones: list[PhoneText] = Field(default=[], max_length=10, description="With country code.")
    emails: list[Email] = Field(default=[], max_length=10)
    reference_sites: list[SiteBody] = Field(default=[], max_length=20)
    tags: list[Tag] = Field(default=[], max_length=30)
    preferences: Text = ""
    notes: Text = ""
    screening_status: ClientScreeningStatus = ClientScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK

    def to_input(self) -> ClientInput:
        """Return the input of the client service."""
        return ClientInput(
            profile=ClientProfile(
                name=self.name,
                aliases=tuple(self.aliases),
                phones=tuple(self.phones),
                emails=tuple(self.emails),
                reference_sites=tuple(
                    ReferenceSite(one.site, one.handle) for one in self.reference_sites
                ),
                tags=tuple(self.tags),
                preferences=self.preferences,
                notes=self.notes,
            ),
            screening_status=self.screening_status,
            communication_preference=self.communication_preference,
        )


class CreateClient(ClientBody):
    """Request to create a client."""

    allow_duplicate: bool = Field(
        default=False,
        description="Add the client even if another client has one of the phone numbers or addresses.",
    )


class UpdateClient(ClientBody):
    """Request to update a client."""

    version: Version


class ClientsQuery(Request):
    """Query parameters of the client list."""

    q: str = Field(
        "",
        max_length=200,
        description="A phone number, an e-mail address, or whole words of names.",
    )
    tag: list[Tag] = Field(default=[], max_length=5)
    screening_status: ClientScreeningStatus | None = None
    communication_preference: CommunicationPreference | None = None
    source: ClientSource | None = None
    archived: bool = False
    sort: Literal["updated", "created"] = "updated"
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> ClientQuery:
        """Return the query of the client service."""
        return ClientQuery(
            text=self.q,
            tags=tuple(self.tag),
            screening_status=self.screening_status,
            communication_preference=self.communication_preference,
            source=self.source,
            archived=self.archived,
            order="created_at" if self.sort == "created" else "updated_at",
            cursor=self.cursor,
            limit=self.limit,
        )


class SiteView(Response):
    """Reference site of a client."""

    site: str
    handle: str


class ClientView(Response):
    """Client."""

    id: UUID
    name: str
    aliases: list[str]
    phones: list[str]
    emails: list[str]
    reference_sites: list[SiteView]
    tags: list[str]
    preferences: str
    notes: str
    screening_status: ClientScreeningStatus
    communication_preference: CommunicationPreference
    source: ClientSource
    archived_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_domain(cls, client: Client) -> "ClientView":
        """Return the view of a client."""
        profile, status = client.profile, client.status
        return cls(
            id=client.id,
            name=profile.name,
            aliases=list(profile.aliases),
            phones=list(profile.phones),
            emails=list(profile.emails),
            reference_sites=[SiteView.model_validate(one) for one in profile.reference_sites],
            tags=list(profile.tags),
            preferences=profile.preferences,
            notes=profile.notes,
            screening_status=status.screening_status,
            communication_preference=status.communication_preference,
            source=status.source,
            archived_at=status.archived_at,
            version=client.version,
            created_at=client.created_at,
            updated_at=client.updated_at,
        )


class ClientPage(Response):
    """Page of clients."""

    items: list[ClientView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, found: ClientResults) -> "ClientPage":
        """Return the view of a page."""
        return cls(
            items=[ClientView.from_domain(one) for one in found.items],
            next_cursor=found.next_cursor,
        )
