"""People in the book: keep them, find them, change them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crm.domain.client_summary import Card
from crm.domain.clients import Client, Details, Standing
from crm.domain.enums import ClientSource, CommunicationPreference, ScreeningStatus
from crm.domain.normalisation import folded_email, folded_tag, name_words, normal_phone
from crm.repository.client_summary import card_of
from crm.repository.clients import Clients, Order, Token, WantedClients
from crm.service.legal_holds import require_kept
from crm.service.records import cursor_at, place_of
from crm.service.settings import chosen_region
from crm.service.unlocked_context import Desk
from kit.errors import Conflict, Invalid
from kit.ids import new_id

PAGE = 50
_PHONE = re.compile(r"^[+(]?[\d\s().\-/]{5,}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    """What is to be kept about somebody; phones as they were written."""

    details: Details
    screening_status: ScreeningStatus = ScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK
    source: ClientSource = ClientSource.MANUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which of the clients: `text` is a phone number, an address, or words of names."""

    text: str = ""
    tags: tuple[str, ...] = ()
    screening_status: ScreeningStatus | None = None
    communication_preference: CommunicationPreference | None = None
    source: ClientSource | None = None
    archived: bool = False
    order: Order = "updated_at"
    cursor: str | None = None
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Found:
    """Some of a list, and where the next ones begin."""

    items: list[Client]
    next_cursor: str | None


class ClientBook:
    """The people in one open book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clients = Clients(desk.work, desk.vault)

    def add(self, new: NewClient, *, allow_duplicate: bool = False) -> Client:
        """Keep somebody; raise `Conflict` where a number or an address is in the book already."""
        details = self.spelled(new.details)
        if not allow_duplicate and self.known(details):
            raise Conflict(
                "client-exists",
                "Somebody with this phone number or e-mail address is in your book already.",
                field="phones" if details.phones else "emails",
            )
        standing = Standing(
            screening_status=new.screening_status,
            communication_preference=new.communication_preference,
            source=new.source,
        )
        return self._clients.add(new_id(), details, standing, self._desk.now())

    def one(self, client_id: UUID) -> Client:
        """Return somebody; raise `NotFound`."""
        return self._clients.one(client_id)

    def shown(self, client_ids: Iterable[UUID]) -> list[Client]:
        """Return those who are there, for a list."""
        return self._clients.shown(client_ids)

    def card(self, client_id: UUID) -> Card:
        """Return what there is about somebody at this moment."""
        return card_of(self._desk.work, self._desk.provider_id, client_id, self._desk.now())

    def replace(self, client_id: UUID, version: int, new: NewClient) -> Client:
        """Change somebody who was read at `version`; where they came from stays."""
        before = self._clients.one(client_id)
        details = replace(
            self.spelled(new.details),
            account_id=before.details.account_id,
            import_key=before.details.import_key,
            merged_accounts=before.details.merged_accounts,
            merged_import_keys=before.details.merged_import_keys,
        )
        standing = replace(
            before.standing,
            screening_status=new.screening_status,
            communication_preference=new.communication_preference,
        )
        require_kept(self._desk, client_id, before.details.document(), details.document())
        return self._clients.replace(client_id, version, details, standing, self._desk.now())

    def archive(self, client_id: UUID, version: int) -> Client:
        """Put somebody away who was read at `version`: they are found only when asked for; again changes nothing."""
        return self._shelve(client_id, version, self._desk.now())

    def unarchive(self, client_id: UUID, version: int) -> Client:
        """Take somebody back; again changes nothing."""
        return self._shelve(client_id, version, None)

    def _shelve(self, client_id: UUID, version: int, archived_at: datetime | None) -> Client:
        before = self._clients.one(client_id)
        if (before.standing.archived_at is None) == (archived_at is None):
            return before
        standing = replace(before.standing, archived_at=archived_at)
        return self._clients.replace(client_id, version, before.details, standing, self._desk.now())

    def spelled(self, details: Details) -> Details:
        """Return details as they are kept; numbers without a country are of the one that she chose."""
        return spelled(details, self._region(*details.phones))

    def known(self, details: Details) -> set[UUID]:
        """Return who has one of these numbers or addresses."""
        asked = [token for token in details.tokens() if token[0] in ("phone", "email")]
        return {one for kind, value in asked for one in self._clients.with_token(kind, value)}

    def page(self, query: Query) -> Found:
        """Return some of the clients, the latest first."""
        wanted = WantedClients(
            tokens=(*self._tokens(query.text), *(("tag", folded_tag(tag)) for tag in query.tags)),
            screening_status=query.screening_status,
            communication_preference=query.communication_preference,
            source=query.source,
            archived=query.archived,
            order=query.order,
            after=place_of(query.cursor) if query.cursor else None,
        )
        found = self._clients.some(wanted, query.limit + 1)
        items = found[: query.limit]
        if len(found) <= query.limit:
            return Found(items, None)
        return Found(items, cursor_at(getattr(items[-1], query.order), items[-1].id))

    def _tokens(self, text: str) -> list[Token]:
        region = self._region(text) if _PHONE.match(text.strip()) else None
        return tokens_of(text, region)

    def _region(self, *numbers: str) -> str | None:
        if all(number.strip().startswith("+") for number in numbers):
            return None
        return chosen_region(self._desk.work, self._desk.provider_id)


def spelled(details: Details, region: str | None = None) -> Details:
    """Return details with each phone number in E.164, each address and tag once."""
    return replace(
        details,
        phones=tuple(dict.fromkeys(normal_phone(phone, region) for phone in details.phones)),
        emails=tuple({folded_email(email): email for email in details.emails}.values()),
        tags=tuple({folded_tag(tag): tag for tag in details.tags}.values()),
    )


def tokens_of(text: str, region: str | None = None) -> list[Token]:
    """Return what somebody who is called, reached or written to like this is found by."""
    text = text.strip()
    if "@" in text:
        return [("email", folded_email(text))]
    if _PHONE.match(text):
        try:
            return [("phone", normal_phone(text, region))]
        except Invalid as error:
            raise Invalid(error.code, error.message, field="q") from error
    return [("name", word) for word in sorted(name_words(text))]
