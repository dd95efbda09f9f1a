"""People in the book: keep them, find them, change them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crm.domain.client_summary import ClientSummary
from crm.domain.clients import Client, ClientProfile, ClientStatus
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.domain.normalisation import name_tokens, normalize_email, normalize_phone, normalize_tag
from crm.repository.client_summary import client_summary
from crm.repository.clients import ClientFilter, ClientRepository, Order, Token
from crm.service.legal_holds import require_kept
from crm.service.records import decode_record_cursor, encode_record_cursor
from crm.service.settings import region_of
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Conflict, Invalid
from kit.ids import new_id

PAGE = 50
_PHONE = re.compile(r"^[+(]?[\d\s().\-/]{5,}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    """What is to be kept about somebody; phones as they were written."""

    details: ClientProfile
    screening_status: ClientScreeningStatus = ClientScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK
    source: ClientSource = ClientSource.MANUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientQuery:
    """Which of the clients: `text` is a phone number, an address, or words of names."""

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
class ClientList:
    """Some of a list, and where the next ones begin."""

    items: list[Client]
    next_cursor: str | None


class ClientService:
    """The people in one open book."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._clients = ClientRepository(context.work, context.vault)

    def add(self, new: NewClient, *, allow_duplicate: bool = False) -> Client:
        """Keep somebody; raise `Conflict` where a number or an address is in the book already."""
        details = self.spelled(new.details)
        if not allow_duplicate and self.find_duplicates(details):
            raise Conflict(
                "client-exists",
                "Somebody with this phone number or e-mail address is in your book already.",
                field="phones" if details.phones else "emails",
            )
        standing = ClientStatus(
            screening_status=new.screening_status,
            communication_preference=new.communication_preference,
            source=new.source,
        )
        return self._clients.add(new_id(), details, standing, self._context.now())

    def get(self, client_id: UUID) -> Client:
        """Return somebody; raise `NotFound`."""
        return self._clients.get(client_id)

    def get_many_or_placeholder(self, client_ids: Iterable[UUID]) -> list[Client]:
        """Return those who are there, for a list."""
        return self._clients.get_many_or_placeholder(client_ids)

    def summary(self, client_id: UUID) -> ClientSummary:
        """Return what there is about somebody at this moment."""
        return client_summary(
            self._context.work, self._context.provider_id, client_id, self._context.now()
        )

    def update(self, client_id: UUID, version: int, new: NewClient) -> Client:
        """Change somebody who was read at `version`; where they came from stays."""
        before = self._clients.get(client_id)
        details = replace(
            self.spelled(new.details),
            account_id=before.profile.account_id,
            import_key=before.profile.import_key,
            merged_accounts=before.profile.merged_accounts,
            merged_import_keys=before.profile.merged_import_keys,
        )
        standing = replace(
            before.status,
            screening_status=new.screening_status,
            communication_preference=new.communication_preference,
        )
        require_kept(
            self._context,
            client_id,
            before.profile.encrypted_payload(),
            details.encrypted_payload(),
        )
        return self._clients.update(client_id, version, details, standing, self._context.now())

    def archive(self, client_id: UUID, version: int) -> Client:
        """Put somebody away who was read at `version`: they are found only when asked for; again changes nothing."""
        return self._shelve(client_id, version, self._context.now())

    def unarchive(self, client_id: UUID, version: int) -> Client:
        """Take somebody back; again changes nothing."""
        return self._shelve(client_id, version, None)

    def _shelve(self, client_id: UUID, version: int, archived_at: datetime | None) -> Client:
        before = self._clients.get(client_id)
        if (before.status.archived_at is None) == (archived_at is None):
            return before
        standing = replace(before.status, archived_at=archived_at)
        return self._clients.update(
            client_id, version, before.profile, standing, self._context.now()
        )

    def spelled(self, details: ClientProfile) -> ClientProfile:
        """Return details as they are kept; numbers without a country are of the one that she chose."""
        return normalize_details(details, self._region(*details.phones))

    def find_duplicates(self, details: ClientProfile) -> set[UUID]:
        """Return who has one of these numbers or addresses."""
        asked = [token for token in details.tokens() if token[0] in ("phone", "email")]
        return {one for kind, value in asked for one in self._clients.ids_by_token(kind, value)}

    def _tokens(self, text: str) -> list[Token]:
        region = self._region(text) if _PHONE.match(text.strip()) else None
        return search_tokens(text, region)

    def _region(self, *numbers: str) -> str | None:
        if all(number.strip().startswith("+") for number in numbers):
            return None
        return region_of(self._context.work, self._context.provider_id)

    def list(self, query: ClientQuery) -> ClientList:
        """Return some of the clients, the latest first."""
        wanted = ClientFilter(
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
        found = self._clients.list(wanted, query.limit + 1)
        items = found[: query.limit]
        if len(found) <= query.limit:
            return ClientList(items, None)
        return ClientList(
            items, encode_record_cursor(getattr(items[-1], query.order), items[-1].id)
        )


def normalize_details(details: ClientProfile, region: str | None = None) -> ClientProfile:
    """Return details with each phone number in E.164, each address and tag once."""
    return replace(
        details,
        phones=tuple(dict.fromkeys(normalize_phone(phone, region) for phone in details.phones)),
        emails=tuple({normalize_email(email): email for email in details.emails}.values()),
        tags=tuple({normalize_tag(tag): tag for tag in details.tags}.values()),
    )


def search_tokens(text: str, region: str | None = None) -> list[Token]:
    """Return what somebody who is called, reached or written to like this is found by."""
    text = text.strip()
    if "@" in text:
        return [("email", normalize_email(text))]
    if _PHONE.match(text):
        try:
            return [("phone", normalize_phone(text, region))]
        except Invalid as error:
            raise Invalid(error.code, error.message, field="q") from error
    return [("name", word) for word in sorted(name_tokens(text))]
