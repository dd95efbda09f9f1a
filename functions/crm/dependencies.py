"""The composition root: what a request's use cases are made of. Tests override from here."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from contracts.identity import Permission
from crm import settings
from crm.repository.audit_log import Anchor
from crm.repository.campaigns import PURPOSE
from crm.repository.data_requests import PURPOSE as SUBJECTS
from crm.repository.workspaces import Books
from crm.service.audit_log import Trail
from crm.service.booking_sync import settle
from crm.service.campaigns import Announcing
from crm.service.data_requests import Answering, Asking
from crm.service.key_deletion import Shredding
from crm.service.key_rollback_guard import NewestKeys
from crm.service.rekey import Rekey
from crm.service.unlocked_context import Desk, enter_as
from crm.service.vault_access import Door, Stay
from crm.vault import Keyring, Unlock
from crm.vault.table import KeyTable
from kit import clock
from kit.auth import UNLOCK_COOKIE, Audience, Principal, SessionStore, requires
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import NotFound, Unauthenticated
from kit.http import client_ip, unit_of_work
from kit.ratelimit import RateLimiter

WRITES_PER_HOUR = 3_000
UNLOCK_HEADER = "x-vault-key"

type Work = Annotated[UnitOfWork, Depends(unit_of_work)]
# The session of this room alone: neither a visitor's nor the one of her other room opens it.
# It stands on routers, so that no route can forget it; whoever asks by the same rule is not asked twice.
OWNER = requires(Permission.USE_CRM, audience=Audience.CRM, sign_in_path="/{slug}/crm/login")
type Owner = Annotated[Principal, OWNER]
type Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,60}$")]


@dataclass(frozen=True, slots=True)
class Room:
    """A provider behind the door of her own book, open or locked."""

    work: UnitOfWork
    owner: Principal
    slug: str
    unlock: Unlock | None
    trail: Trail

    @property
    def provider_id(self) -> UUID:
        """Whose book it is."""
        return self.owner.user_id


async def enter(request: Request, slug: Slug, owner: Owner, work: Work) -> Room:
    """Let a provider in at her own address; anybody else's book is not there."""
    request.state.owner = owner
    enter_as(work, owner.user_id)
    if not Books(work).has_room(owner.user_id, slug):
        raise NotFound("no-such-room", "There is no such page.")
    secret = request.headers.get(UNLOCK_HEADER) or request.cookies.get(UNLOCK_COOKIE)
    unlock = Unlock(owner.session_id, secret) if secret else None
    trail = Trail(
        work,
        owner.user_id,
        clock.now,
        owner.session_id,
        client_ip(request),
        Anchor(KeyTable(settings.keys_table()), owner.user_id),
    )
    return Room(work, owner, slug, unlock, trail)


type InRoom = Annotated[Room, Depends(enter)]


async def desk(room: InRoom) -> Desk:
    """Open the book; raises one of the vault's errors where it stays shut."""
    Books(room.work).begin(room.provider_id, clock.now())
    keys = NewestKeys(room.trail, keyring(), room.unlock)
    keys.begin()
    opened = Desk(room.work, keys.open_and_note(), clock.now)
    settle(opened)
    # A transaction of its own: what the request does later neither waits for it nor undoes it.
    rekey_of(opened, room).small_slice()
    return opened


type AtDesk = Annotated[Desk, Depends(desk)]


def rekey_of(opened: Desk, room: Room) -> Rekey:
    """Return the job that seals an opened book under its newest keys."""
    return Rekey(opened, keyring(), KeyTable(settings.keys_table()), room.unlock, room.trail)


async def before(room: InRoom) -> Door:
    """Let a provider stand before her book, whatever state it is in."""
    session = SessionStore(settings.sessions_table()).get(room.owner.session_id, room.provider_id)
    if session is None:
        raise Unauthenticated("session-ended", "This session has ended: sign in again.")
    Books(room.work).begin(room.provider_id, clock.now())
    return Door(
        room.work,
        room.provider_id,
        room.slug,
        Stay(session.id, session.created_at, session.expires_at),
        room.unlock,
        keyring(),
        room.trail,
        limiter(),
        clock.now,
    )


type BeforeBook = Annotated[Door, Depends(before)]


async def shredding(room: InRoom) -> Shredding:
    """Return what destroys the keys of clients who go."""
    return Shredding(room.work, room.trail, keyring())


type AtShredder = Annotated[Shredding, Depends(shredding)]


async def announcing(room: InRoom, opened: AtDesk) -> Announcing:
    """Return what tells clients of an area."""
    return Announcing(opened, room.trail, letter_envelope(), settings.public_origin())


type Announcer = Annotated[Announcing, Depends(announcing)]


def letter_envelope() -> Envelope:
    """Return what seals letters until they are sent."""
    return _envelope(settings.key_arn(), PURPOSE)


@cache
def _envelope(key_arn: str, purpose: str) -> Envelope:
    # One per environment: it keeps the data key for a while.
    return Envelope(key_arn, purpose)


def subject_envelope() -> Envelope:
    """Return what seals answers for the people who asked."""
    return _envelope(settings.key_arn(), SUBJECTS)


# Whoever may be in somebody's book; a provider's own rooms are not where that is asked.
SUBJECT = requires(Permission.SUBMIT_DATA_REQUEST)
type Subject = Annotated[Principal, SUBJECT]


async def asking(subject: Subject, work: Work) -> Asking:
    """Return a person's own requests to all books."""
    return Asking(work, subject.user_id, subject_envelope(), clock.now)


type Asks = Annotated[Asking, Depends(asking)]


async def limit_asking(subject: Subject) -> None:
    """Stop a script that asks for ever."""
    limiter().hit(f"crm.subject|{subject.user_id}", limit=30, window=timedelta(hours=1))


async def answering(room: InRoom) -> Answering:
    """Return what answers people who ask."""
    return Answering(subject_envelope(), room.trail)


type Answers = Annotated[Answering, Depends(answering)]


async def limit_writes(owner: Owner) -> None:
    """Stop a script that goes on for ever."""
    limiter().hit(f"crm.write|{owner.user_id}", limit=WRITES_PER_HOUR, window=timedelta(hours=1))


def limiter() -> RateLimiter:
    """Return what counts."""
    return RateLimiter(settings.rate_limits_table())


def keyring() -> Keyring:
    """Return what opens books."""
    return _keyring(settings.keys_table(), settings.key_arn())


@cache
def _keyring(table: str, key_arn: str) -> Keyring:
    # One per environment: it keeps opened key bags for a minute.
    return Keyring(table, key_arn)
