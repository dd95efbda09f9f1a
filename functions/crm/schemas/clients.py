"""JSON schemas of clients."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args
from uuid import UUID

from pydantic import Field, create_model

from crm.domain.client_fields import BoundField
from crm.domain.clients import (
    EDITED_FIELDS,
    PROFILE_FIELDS,
    Client,
    ClientProfile,
    ReferenceSite,
)
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.schemas.fields import Cursor, Limit, Line, Tag, Version
from crm.service.clients import ClientInput, ClientQuery
from crm.service.clients import ClientPage as ClientResults
from kit.http import Request, Response


class SiteBody(Request):
    """Reference site of a client, in a request."""

    site: Line
    handle: Line


class SiteView(Response):
    """Reference site of a client."""

    site: str
    handle: str


def request_type(field: BoundField) -> Any:
    """Return the type of a client's field in a request, with its limits."""
    own, *limits = get_args(field.input_annotation)
    if field.item_type is ReferenceSite:
        own = list[SiteBody]
    return Annotated[own, *limits]


def request_default(field: BoundField) -> Any:
    """Return the default of a client's field in a request."""
    if field.is_required:
        return ...
    return list(field.default) if field.is_list else field.default


def response_type(field: BoundField) -> Any:
    """Return the type of a client's field in a response."""
    item = SiteView if field.item_type is ReferenceSite else str
    return list[item] if field.is_list else item  # type: ignore[valid-type]


def to_profile(body: Request) -> ClientProfile:
    """Return the profile of a request, from its fields that are a client's."""
    values: dict[str, Any] = {
        field.name: tuple(value) if field.is_list else value
        for field in PROFILE_FIELDS
        if field.name in type(body).model_fields
        for value in (getattr(body, field.name),)
    }
    sites = tuple(ReferenceSite(one.site, one.handle) for one in values["reference_sites"])
    return ClientProfile(**values | {"reference_sites": sites})


class _ClientId(Response):
    id: UUID


if TYPE_CHECKING:
    _EncryptedFields = Request
    _EncryptedFieldsView = _ClientId
else:
    # The fields of the encrypted profile follow their declarations; a static checker sees models without them.
    _EncryptedFields = create_model(
        "_EncryptedFields",
        __base__=Request,
        **{field.name: (request_type(field), request_default(field)) for field in EDITED_FIELDS},
    )
    _EncryptedFieldsView = create_model(
        "_EncryptedFieldsView",
        __base__=_ClientId,
        **{field.name: (response_type(field), ...) for field in EDITED_FIELDS},
    )


class ClientBody(_EncryptedFields):
    """Data of a client, in a request: the encrypted fields, and those that follow."""

    screening_status: ClientScreeningStatus = ClientScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK

    def to_input(self) -> ClientInput:
        """Return the input of the client service."""
        return ClientInput(
            profile=to_profile(self),
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


class ClientView(_EncryptedFieldsView):
    """Client."""

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
        return cls.model_validate(
            {field.name: getattr(profile, field.name) for field in EDITED_FIELDS}
            | {
                "id": client.id,
                "screening_status": status.screening_status,
                "communication_preference": status.communication_preference,
                "source": status.source,
                "archived_at": status.archived_at,
                "version": client.version,
                "created_at": client.created_at,
                "updated_at": client.updated_at,
            }
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
