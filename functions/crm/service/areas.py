"""Area notifications: who asked to hear of what, telling them, and hearing no more."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.crm import AreaLetterDue
from crm.domain.areas import AreaConsent, Letter
from crm.domain.clients import Client
from crm.domain.contacts import folded_tag
from crm.domain.enums import CommunicationPreference, NotificationChannel
from crm.domain.trail import TrailAction
from crm.repository.clients import Clients
from crm.repository.kinds import AREAS
from crm.repository.letters import Announcements, Letters, client_behind, end_consents
from crm.repository.records import Kept, Records, Wanted
from crm.service.desk import Desk, enter_as
from crm.service.entries import PAGE, Entries, EntryPage
from crm.service.trail import Trail
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Invalid, RateLimited

LETTERS_A_DAY = 300
"""Of one book: more is no circle of clients any more, and costs everybody's mail its good name."""
_SECRET = 20
"""Bytes; with the sixteen before them they need no padding in base64."""
_BY_MAIL = (NotificationChannel.EMAIL, NotificationChannel.BOTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsent:
    """A client's wish, as she writes it down."""

    area: str
    channel: NotificationChannel
    consented_at: datetime
    how: str = ""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who would hear of an area: by mail, and whom she must tell herself (no mail address, or texts only)."""

    by_mail: list[tuple[Kept[AreaConsent], Client]]
    by_herself: list[Client]


@dataclass(frozen=True, slots=True)
class Announced:
    """What became of an announcement."""

    letters: int
    by_herself: list[Client]


class Areas:
    """The wishes in one open book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._entries = Entries(desk, AREAS)

    def add(self, client_id: UUID, new: NewConsent) -> Kept[AreaConsent]:
        """Write down that a client wants to hear of an area."""
        self._require_past(new.consented_at)
        token = link_token(self._desk.provider_id)
        consent = AreaConsent(
            area=new.area,
            channel=new.channel,
            consented_at=new.consented_at,
            how=new.how,
            area_token=self._desk.vault.blind("area", folded_tag(new.area)),
            link_token=token,
            unsubscribe_hash=hash_of(token),
        )
        return self._entries.add(client_id, consent)

    def one(self, consent_id: UUID) -> Kept[AreaConsent]:
        """Return one; raise `NotFound`."""
        return self._entries.one(consent_id)

    def replace(self, consent_id: UUID, version: int, new: NewConsent) -> Kept[AreaConsent]:
        """Change one; a client who wants to hear no more is not brought back by that."""
        self._require_past(new.consented_at)
        before = self._entries.one(consent_id).entry
        if before.unsubscribed_at is not None:
            raise Invalid(
                "consent-ended",
                "This client wants to hear no more. If they ask again, write down a new wish.",
                field="consentedAt",
            )
        changed = replace(
            before,
            area=new.area,
            channel=new.channel,
            consented_at=new.consented_at,
            how=new.how,
            area_token=self._desk.vault.blind("area", folded_tag(new.area)),
        )
        return self._entries.replace(consent_id, version, changed)

    def end(self, consent_id: UUID, version: int) -> Kept[AreaConsent]:
        """Note that the client wants to hear no more; again is harmless."""
        before = self._entries.one(consent_id)
        if before.entry.unsubscribed_at is not None:
            return before
        moment = max(self._desk.now(), before.entry.consented_at)
        return self._entries.replace(
            consent_id, version, replace(before.entry, unsubscribed_at=moment)
        )

    def remove(self, consent_id: UUID) -> None:
        """Take one away."""
        self._entries.remove(consent_id)

    def page(
        self, wanted: Wanted, cursor: str | None = None, limit: int = PAGE
    ) -> EntryPage[AreaConsent]:
        """Return some of them, the latest first."""
        return self._entries.page(wanted, cursor, limit)

    def audience(self, area: str) -> Audience:
        """Return who would hear of an area: each client once, and only whom she may write to."""
        by_mail: dict[UUID, tuple[Kept[AreaConsent], Client]] = {}
        by_herself: dict[UUID, Client] = {}
        for kept, client in self._wishes(area):
            if kept.entry.channel in _BY_MAIL and client.details.emails:
                by_mail.setdefault(client.id, (kept, client))
            if kept.entry.channel is not NotificationChannel.EMAIL or not client.details.emails:
                by_herself.setdefault(client.id, client)
        return Audience(list(by_mail.values()), list(by_herself.values()))

    def _wishes(self, area: str) -> Iterator[tuple[Kept[AreaConsent], Client]]:
        records = Records(self._desk.work, self._desk.vault, AREAS)
        clients = Clients(self._desk.work, self._desk.vault)
        for token in self._desk.vault.blind_all("area", folded_tag(area)):
            wanted = Wanted(equal={"area_token": token})
            for kept in records.some(wanted, LETTERS_A_DAY + 1):
                client = clients.one(kept.client_id)
                preference = client.standing.communication_preference
                reachable = preference is not CommunicationPreference.NO_CONTACT
                if kept.entry.unsubscribed_at is None and reachable and not _is_away(client):
                    yield kept, client

    def _require_past(self, moment: datetime) -> None:
        if moment > self._desk.now():
            raise Invalid(
                "consent-ahead", "Say when they asked for it: a time that is over.",
                field="consentedAt",
            )  # fmt: skip


class Announcing:
    """Telling clients that she comes to where they asked to hear of."""

    def __init__(self, desk: Desk, trail: Trail, envelope: Envelope, origin: str) -> None:
        self._desk = desk
        self._trail = trail
        self._letters = Letters(desk.work, envelope, desk.provider_id)
        self._announcements = Announcements(desk.work, desk.provider_id)
        self._origin = origin

    def announce(self, announcement_id: UUID, area: str, message: str) -> Announced:
        """Write to everybody who wants to hear of `area`; the same id again writes to nobody."""
        audience = Areas(self._desk).audience(area)
        known = self._announcements.letters_of(announcement_id)
        if known is not None:
            return Announced(known, audience.by_herself)
        moment = self._desk.now()
        count = len(audience.by_mail)
        self._require_room(count, moment)
        token = self._desk.vault.blind("area", folded_tag(area))
        if not self._announcements.add(announcement_id, token, count, moment):
            return Announced(count, audience.by_herself)
        for kept, client in audience.by_mail:
            stop = f"{self._origin}/unsubscribe/{kept.entry.link_token}"
            letter_id = self._letters.add(Letter(client.details.emails[0], message, stop), moment)
            self._desk.work.outbox.add(
                AreaLetterDue(letter_id=letter_id, provider_id=self._desk.provider_id)
            )
        self._trail.note(TrailAction.AREA_ANNOUNCED, letters=count)
        return Announced(count, audience.by_herself)

    def _require_room(self, count: int, moment: datetime) -> None:
        before = self._announcements.letters_since(moment - timedelta(days=1))
        if before + count > LETTERS_A_DAY:
            raise RateLimited(
                "too-many-letters",
                f"A book sends at most {LETTERS_A_DAY} letters a day: try again tomorrow.",
                retry_after=24 * 3600,
            )


def hear_no_more(work: UnitOfWork, token: str, moment: datetime) -> None:
    """End all letters of the provider whose letter had this link; an unknown link is no error."""
    provider_id = _provider_in(token)
    if provider_id is None:
        return
    enter_as(work, provider_id)
    client_id = client_behind(work, provider_id, hash_of(token))
    if client_id is not None:
        end_consents(work, provider_id, client_id, moment)


def link_token(provider_id: UUID) -> str:
    """Return a fresh token of a link: whose letters it ends, since rows are seen by one book alone, and a secret."""
    return base64.urlsafe_b64encode(provider_id.bytes + secrets.token_bytes(_SECRET)).decode()


def _provider_in(token: str) -> UUID | None:
    try:
        whole = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        return None
    return UUID(bytes=whole[:16]) if len(whole) == 16 + _SECRET else None


def hash_of(token: str) -> bytes:
    """Return what is kept of a link: whoever reads the database cannot use it."""
    return hashlib.sha256(token.encode()).digest()


def _is_away(client: Client) -> bool:
    return client.standing.archived_at is not None
