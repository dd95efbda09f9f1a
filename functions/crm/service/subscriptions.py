"""Area notifications: who asked to hear of what, telling them, and hearing no more."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from crm.domain.clients import Client
from crm.domain.enums import CommunicationPreference, NotificationChannel
from crm.domain.normalisation import folded_email, folded_tag
from crm.domain.subscriptions import AreaConsent
from crm.repository.campaigns import Addressee, Addressees, end_consents, end_letters
from crm.repository.clients import Clients
from crm.repository.encrypted_records import Kept, Records, Wanted
from crm.repository.record_types import AREAS
from crm.service.records import PAGE, Entries, EntryPage
from crm.service.unlocked_context import Desk, enter_as
from kit.db import UnitOfWork
from kit.errors import Invalid

LETTERS_APART = timedelta(days=7)
"""Nobody hears more often: news of areas, and not a way to pursue somebody."""
_AT_ONCE = 200
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
    """Who would hear of an area: by mail, and whom she must tell herself (no mail address, or texts only).

    `resting`: how many were written to within the last days, and hear nothing now. Who wants no letters any more is
    nowhere here, whatever wishes are written down.
    """

    by_mail: list[Client]
    by_herself: list[Client]
    resting: int = 0


class Areas:
    """The wishes in one open book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._entries = Entries(desk, AREAS)

    def add(
        self, client_id: UUID, new: NewConsent, consent_id: UUID | None = None
    ) -> Kept[AreaConsent]:
        """Write down that a client wants to hear of an area; sent twice under one id, it is there once."""
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
        return self._entries.add(client_id, consent, consent_id)

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
        by_mail: dict[str, Client] = {}
        by_herself: dict[UUID, Client] = {}
        for kept, client in self._wishes(area):
            emails = client.details.emails
            if kept.entry.channel in _BY_MAIL and emails:
                by_mail.setdefault(folded_email(emails[0]), client)
            if kept.entry.channel is not NotificationChannel.EMAIL or not emails:
                by_herself.setdefault(client.id, client)
        known = Addressees(self._desk.work, self._desk.vault).known(by_mail)
        ended = {by_mail[email].id for email, one in known.items() if one.ended_at is not None}
        resting = {email for email, one in known.items() if self._rests(one)}
        return Audience(
            [c for email, c in by_mail.items() if email not in resting and c.id not in ended],
            [client for client in by_herself.values() if client.id not in ended],
            sum(1 for email in resting if by_mail[email].id not in ended),
        )

    def _rests(self, addressee: Addressee) -> bool:
        return addressee.written_at > self._desk.now() - LETTERS_APART

    def _wishes(self, area: str) -> Iterator[tuple[Kept[AreaConsent], Client]]:
        clients = Clients(self._desk.work, self._desk.vault)
        for token in self._desk.vault.blind_all("area", folded_tag(area)):
            for kept in self._all(Wanted(equal={"area_token": token})):
                if kept.entry.unsubscribed_at is not None or not kept.opens:
                    continue
                for client in clients.shown([kept.client_id]):
                    if client.opens and _may_hear(client):
                        yield kept, client

    def _all(self, wanted: Wanted) -> Iterator[Kept[AreaConsent]]:
        records = Records(self._desk.work, self._desk.vault, AREAS)
        while found := records.some(wanted, _AT_ONCE):
            yield from found
            wanted = replace(wanted, after=(found[-1].created_at, found[-1].id))

    def _require_past(self, moment: datetime) -> None:
        if moment > self._desk.now():
            raise Invalid(
                "consent-ahead", "Say when they asked for it: a time that is over.",
                field="consentedAt",
            )  # fmt: skip


def hear_no_more(work: UnitOfWork, token: str, moment: datetime) -> None:
    """End all letters of the provider whose letter had this link; an unknown link is no error."""
    provider_id = _provider_in(token)
    if provider_id is None:
        return
    enter_as(work, provider_id)
    client_id = end_letters(work, provider_id, hash_of(token), moment)
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


def _may_hear(client: Client) -> bool:
    standing = client.standing
    wanted = standing.communication_preference is not CommunicationPreference.NO_CONTACT
    return wanted and standing.archived_at is None
