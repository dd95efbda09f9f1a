"""Telling clients that she comes to where they asked to hear of: letters, never more often than they can bear."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.crm import CampaignEmailQueued
from crm.domain.audit_log import TrailAction
from crm.domain.clients import Client
from crm.domain.normalisation import folded_email, folded_tag
from crm.domain.subscriptions import Letter
from crm.repository.campaigns import Addressees, Announcements, Letters
from crm.repository.workspaces import hold_book
from crm.service.audit_log import Trail
from crm.service.subscriptions import Areas, hash_of, link_token
from crm.service.unlocked_context import Desk
from kit.envelope import Envelope
from kit.errors import RateLimited

LETTERS_A_DAY = 300
"""Of one book: more is no circle of clients any more, and costs everybody's mail its good name."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What became of an announcement."""

    letters: int
    by_herself: list[Client]


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
        # One at a time: what is counted must not change before it is written.
        hold_book(self._desk.work, self._desk.provider_id)
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
        for client in audience.by_mail:
            self._write(client, message, moment)
        self._trail.note(TrailAction.AREA_ANNOUNCED, letters=count)
        return Announced(count, audience.by_herself)

    def _write(self, client: Client, message: str, moment: datetime) -> None:
        email = client.details.emails[0]
        addressees = Addressees(self._desk.work, self._desk.vault)
        known = addressees.known([email]).get(folded_email(email))
        if known is None:
            token = link_token(self._desk.provider_id)
            addressees.write(email, client.id, (token, hash_of(token)), moment)
        else:
            token = known.link_token
            addressees.write_again(known.id, client.id, moment)
        letter = Letter(email, message, f"{self._origin}/unsubscribe/{token}")
        letter_id = self._letters.add(letter, moment)
        self._desk.work.outbox.add(
            CampaignEmailQueued(letter_id=letter_id, provider_id=self._desk.provider_id)
        )

    def _require_room(self, count: int, moment: datetime) -> None:
        before = self._announcements.letters_since(moment - timedelta(days=1))
        if before + count > LETTERS_A_DAY:
            raise RateLimited(
                "too-many-letters",
                f"A book sends at most {LETTERS_A_DAY} letters a day: try again tomorrow.",
                retry_after=24 * 3600,
            )
