"""The composition root: what a request's use cases are made of. Tests override from here."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from contracts.identity import Permission
from crm import settings
from crm.repository.audit_log import AuditCheckpoint
from crm.repository.campaigns import PURPOSE
from crm.repository.data_requests import PURPOSE as SUBJECTS
from crm.repository.workspaces import WorkspaceRepository
from crm.service.audit_log import AuditLog
from crm.service.booking_sync import drain_and_commit
from crm.service.campaigns import CampaignService
from crm.service.data_requests import AnswerSender, DataRequestService
from crm.service.key_deletion import KeyDeletion
from crm.service.key_rollback_guard import KeyRollbackGuard
from crm.service.rekey import RekeyJob
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.service.vault_access import SessionInfo, VaultAccess
from crm.vault import Keyring, UnlockToken
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

type UnitOfWorkDep = Annotated[UnitOfWork, Depends(unit_of_work)]
# The session of this room alone: neither a visitor's nor the one of her other room opens it.
# It stands on routers, so that no route can forget it; whoever asks by the same rule is not asked twice.
PROVIDER_ONLY = requires(
    Permission.USE_CRM, audience=Audience.CRM, sign_in_path="/{slug}/crm/login"
)
type CurrentProvider = Annotated[Principal, PROVIDER_ONLY]
type Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,60}$")]


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """A provider behind the door of her own book, open or locked."""

    work: UnitOfWork
    owner: Principal
    slug: str
    unlock: UnlockToken | None
    audit_log: AuditLog

    @property
    def provider_id(self) -> UUID:
        """Whose book it is."""
        return self.owner.user_id


async def provider_context(
    request: Request, slug: Slug, owner: CurrentProvider, work: UnitOfWorkDep
) -> ProviderContext:
    """Let a provider in at her own address; anybody else's book is not there."""
    request.state.owner = owner
    set_tenant(work, owner.user_id)
    if not WorkspaceRepository(work).owns_slug(owner.user_id, slug):
        raise NotFound("no-such-room", "There is no such page.")
    secret = request.headers.get(UNLOCK_HEADER) or request.cookies.get(UNLOCK_COOKIE)
    unlock = UnlockToken(owner.session_id, secret) if secret else None
    audit_log = AuditLog(
        work,
        owner.user_id,
        clock.now,
        owner.session_id,
        client_ip(request),
        AuditCheckpoint(KeyTable(settings.keys_table()), owner.user_id),
    )
    return ProviderContext(work, owner, slug, unlock, audit_log)


type ProviderDep = Annotated[ProviderContext, Depends(provider_context)]


async def unlocked_context(provider: ProviderDep) -> UnlockedContext:
    """Open the book; raises one of the vault's errors where it stays shut."""
    WorkspaceRepository(provider.work).ensure(provider.provider_id, clock.now())
    keys = KeyRollbackGuard(provider.audit_log, keyring(), provider.unlock)
    keys.begin()
    opened = UnlockedContext(provider.work, keys.open_and_record(), clock.now)
    drain_and_commit(opened)
    # A transaction of its own: what the request does later neither waits for it nor undoes it.
    rekey_job(opened, provider).process_small_batch()
    return opened


type UnlockedDep = Annotated[UnlockedContext, Depends(unlocked_context)]


def rekey_job(opened: UnlockedContext, provider: ProviderContext) -> RekeyJob:
    """Return the job that seals an opened book under its newest keys."""
    return RekeyJob(
        opened, keyring(), KeyTable(settings.keys_table()), provider.unlock, provider.audit_log
    )


async def vault_access(provider: ProviderDep) -> VaultAccess:
    """Let a provider stand before her book, whatever state it is in."""
    session = SessionStore(settings.sessions_table()).get(
        provider.owner.session_id, provider.provider_id
    )
    if session is None:
        raise Unauthenticated("session-ended", "This session has ended: sign in again.")
    WorkspaceRepository(provider.work).ensure(provider.provider_id, clock.now())
    return VaultAccess(
        provider.work,
        provider.provider_id,
        provider.slug,
        SessionInfo(session.id, session.created_at, session.expires_at),
        provider.unlock,
        keyring(),
        provider.audit_log,
        limiter(),
        clock.now,
    )


type VaultAccessDep = Annotated[VaultAccess, Depends(vault_access)]


async def key_deletion(provider: ProviderDep) -> KeyDeletion:
    """Return what destroys the keys of clients who go."""
    return KeyDeletion(provider.work, provider.audit_log, keyring())


type KeyDeletionDep = Annotated[KeyDeletion, Depends(key_deletion)]


async def campaigns(provider: ProviderDep, opened: UnlockedDep) -> CampaignService:
    """Return what tells clients of an area."""
    return CampaignService(
        opened, provider.audit_log, campaign_envelope(), settings.public_origin()
    )


type CampaignsDep = Annotated[CampaignService, Depends(campaigns)]


def campaign_envelope() -> Envelope:
    """Return what seals letters until they are sent."""
    return _envelope(settings.key_arn(), PURPOSE)


@cache
def _envelope(key_arn: str, purpose: str) -> Envelope:
    # One per environment: it keeps the data key for a while.
    return Envelope(key_arn, purpose)


def data_request_envelope() -> Envelope:
    """Return what seals answers for the people who asked."""
    return _envelope(settings.key_arn(), SUBJECTS)


# Whoever may be in somebody's book; a provider's own rooms are not where that is asked.
DATA_SUBJECT = requires(Permission.SUBMIT_DATA_REQUEST)
type DataSubject = Annotated[Principal, DATA_SUBJECT]


async def own_data_requests(subject: DataSubject, work: UnitOfWorkDep) -> DataRequestService:
    """Return a person's own requests to all books."""
    return DataRequestService(work, subject.user_id, data_request_envelope(), clock.now)


type OwnDataRequestsDep = Annotated[DataRequestService, Depends(own_data_requests)]


async def limit_data_requests(subject: DataSubject) -> None:
    """Stop a script that asks for ever."""
    limiter().hit(f"crm.subject|{subject.user_id}", limit=30, window=timedelta(hours=1))


async def data_request_answers(provider: ProviderDep) -> AnswerSender:
    """Return what answers people who ask."""
    return AnswerSender(data_request_envelope(), provider.audit_log)


type DataRequestAnswersDep = Annotated[AnswerSender, Depends(data_request_answers)]


async def limit_writes(owner: CurrentProvider) -> None:
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
