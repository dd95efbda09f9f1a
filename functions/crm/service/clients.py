"""Clients: create, find and change them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.domain.client_summary import ClientSummary
from crm.domain.clients import (
    EDITED_FIELDS,
    ORIGIN_FIELDS,
    Client,
    ClientProfile,
    ClientStatus,
)
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.domain.normalisation import name_tokens, normalize_email, normalize_phone, normalize_tag
from crm.repository.client_summary import client_summary
from crm.repository.clients import ClientFilter, ClientRepository, Order, Token
from crm.service.legal_holds import require_no_loss_under_hold
from crm.service.records import decode_record_cursor, encode_record_cursor
from crm.service.settings import region_of
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Conflict, Invalid
from kit.i18n import gettext as _
from kit.ids import new_id

PAGE = 50
_PHONE = re.compile(r"^[+(]?[\d\s().\-/]{5,}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientInput:
    """New data of a client; phone numbers as entered."""

    profile: ClientProfile
    screening_status: ClientScreeningStatus = ClientScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK
    source: ClientSource = ClientSource.MANUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientQuery:
    """Query of a client list: `text` is a phone number, an address, or words of names."""

    text: str = ""
    tags: tuple[str, ...] = ()
    screening_status: ClientScreeningStatus | None = None
    communication_preference: CommunicationPreference | None = None
    source: ClientSource | None = None
    archived: bool = False
    order: Order = "updated_at"
    cursor: str | None = None
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class ClientPage:
    """Page of a client list, with the cursor of the next page."""

    items: list[Client]
    next_cursor: str | None


class ClientService:
    """Clients of one unlocked workspace."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._clients = ClientRepository(context.work, context.vault)

    def add(self, new: ClientInput, *, allow_duplicate: bool = False) -> Client:
        """Add a client; raise `Conflict` if another client has one of the numbers or addresses."""
        profile = self.normalized(new.profile)
        if not allow_duplicate and self.find_duplicates(profile):
            raise Conflict(
                "client-exists",
                _("A client with this phone number or e-mail address already exists."),
                field="phones" if profile.phones else "emails",
            )
        status = ClientStatus(
            screening_status=new.screening_status,
            communication_preference=new.communication_preference,
            source=new.source,
        )
        return self._clients.add(new_id(), profile, status, self._context.now())

    def get(self, client_id: UUID) -> Client:
        """Return a client; raise `NotFound`."""
        return self._clients.get(client_id)

    def get_many_or_placeholder(self, client_ids: Iterable[UUID]) -> list[Client]:
        """Return the existing clients of these ids, for a list."""
        return self._clients.get_many_or_placeholder(client_ids)

    def summary(self, client_id: UUID) -> ClientSummary:
        """Return the summary of a client at this moment."""
        return client_summary(
            self._context.work, self._context.provider_id, client_id, self._context.now()
        )

    def update(self, client_id: UUID, version: int, new: ClientInput) -> Client:
        """Update a client that is at `version`; the origin is kept."""
        before = self._clients.get(client_id)
        profile = replace(
            self.normalized(new.profile),
            **{field.name: getattr(before.profile, field.name) for field in ORIGIN_FIELDS},
        )
        status = replace(
            before.status,
            screening_status=new.screening_status,
            communication_preference=new.communication_preference,
        )
        require_no_loss_under_hold(
            self._context,
            client_id,
            before.profile.encrypted_payload(),
            profile.encrypted_payload(),
        )
        return self._clients.update(client_id, version, profile, status, self._context.now())

    def archive(self, client_id: UUID, version: int) -> Client:
        """Archive a client that is at `version`: lists show it only on request. A second call changes nothing."""
        return self._set_archived(client_id, version, self._context.now())

    def unarchive(self, client_id: UUID, version: int) -> Client:
        """Restore an archived client. A second call changes nothing."""
        return self._set_archived(client_id, version, None)

    def _set_archived(self, client_id: UUID, version: int, archived_at: datetime | None) -> Client:
        before = self._clients.get(client_id)
        if (before.status.archived_at is None) == (archived_at is None):
            return before
        status = replace(before.status, archived_at=archived_at)
        return self._clients.update(client_id, version, before.profile, status, self._context.now())

    def normalized(self, profile: ClientProfile) -> ClientProfile:
        """Return the normalised profile; numbers without a country code belong to the region of the settings."""
        return normalize_details(profile, self._region(*profile.phones))

    def find_duplicates(self, profile: ClientProfile) -> set[UUID]:
        """Return the ids of clients with one of these phone numbers or addresses."""
        tokens = [token for token in profile.tokens() if token[0] in ("phone", "email")]
        return {one for kind, value in tokens for one in self._clients.ids_by_token(kind, value)}

    def _tokens(self, text: str) -> list[Token]:
        region = self._region(text) if _PHONE.match(text.strip()) else None
        return search_tokens(text, region)

    def _region(self, *numbers: str) -> str | None:
        if all(number.strip().startswith("+") for number in numbers):
            return None
        return region_of(self._context.work, self._context.provider_id)

    def list(self, query: ClientQuery) -> ClientPage:
        """Return a page of clients, the latest first."""
        client_filter = ClientFilter(
            tokens=(
                *self._tokens(query.text),
                *(("tag", normalize_tag(tag)) for tag in query.tags),
            ),
            screening_status=query.screening_status,
            communication_preference=query.communication_preference,
            source=query.source,
            archived=query.archived,
            order=query.order,
            after=decode_record_cursor(query.cursor) if query.cursor else None,
        )
        found = self._clients.list(client_filter, query.limit + 1)
        items = found[: query.limit]
        if len(found) <= query.limit:
            return ClientPage(items, None)
        return ClientPage(
            items, encode_record_cursor(getattr(items[-1], query.order), items[-1].id)
        )


def normalize_details(profile: ClientProfile, region: str | None = None) -> ClientProfile:
    """Return the profile with phone numbers in E.164, and each value of a list once."""
    profile = replace(
        profile, phones=tuple(normalize_phone(phone, region) for phone in profile.phones)
    )
    distinct: dict[str, Any] = {
        field.name: field.distinct(getattr(profile, field.name))
        for field in EDITED_FIELDS
        if field.is_list
    }
    return replace(profile, **distinct)


def search_tokens(text: str, region: str | None = None) -> list[Token]:
    """Return the search tokens for a name, an address or a phone number."""
    text = text.strip()
    if "@" in text:
        return [("email", normalize_email(text))]
    if _PHONE.match(text):
        try:
            return [("phone", normalize_phone(text, region))]
        except Invalid as error:
            raise Invalid(error.code, error.message, field="q") from error
    return [("name", word) for word in sorted(name_tokens(text))]
