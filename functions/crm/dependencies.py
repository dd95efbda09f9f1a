"""The composition root: FastAPI dependencies that build a request's use cases. Tests override them here."""

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
from kit.i18n import gettext as _
from kit.ratelimit import RateLimiter

WRITES_PER_HOUR = 3_000
UNLOCK_HEADER = "x-crm-unlock-token"

type UnitOfWorkDep = Annotated[UnitOfWork, Depends(unit_of_work)]
# A session of the CRM alone: neither a visitor's nor the provider's dashboard session opens it. Declared on the router
# so that every route inherits it; FastAPI caches the dependency within a request.
PROVIDER_ONLY = requires(
    Permission.USE_CRM, audience=Audience.CRM, sign_in_path="/{slug}/crm/login"
)
type CurrentProvider = Annotated[Principal, PROVIDER_ONLY]
type Slug = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,60}$")]


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """A provider in the CRM realm, with the workspace locked or unlocked."""

    work: UnitOfWork
    owner: Principal
    slug: str
    unlock: UnlockToken | None
    audit_log: AuditLog

    @property
    def provider_id(self) -> UUID:
        """Return the id of the provider who owns the workspace."""
        return self.owner.user_id


async def provider_context(
    request: Request, slug: Slug, owner: CurrentProvider, work: UnitOfWorkDep
) -> ProviderContext:
    """Authorise a provider at the slug of their own profile; raise `NotFound` at any other."""
    request.state.owner = owner
    set_tenant(work, owner.user_id)
    if not WorkspaceRepository(work).owns_slug(owner.user_id, slug):
        raise NotFound("profile-not-found", _("There is no such page."))
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
    """Unlock the workspace; raise one of the vault's errors if it stays locked."""
    WorkspaceRepository(provider.work).ensure(provider.provider_id, clock.now())
    keys = KeyRollbackGuard(provider.audit_log, keyring(), provider.unlock)
    keys.create_first_keys()
    unlocked = UnlockedContext(provider.work, keys.open_and_record(), clock.now)
    drain_and_commit(unlocked)
    # A transaction of its own: the rest of the request neither waits for it nor undoes it.
    rekey_job(unlocked, provider).process_small_batch()
    return unlocked


type UnlockedDep = Annotated[UnlockedContext, Depends(unlocked_context)]


def rekey_job(unlocked: UnlockedContext, provider: ProviderContext) -> RekeyJob:
    """Return the job that re-encrypts an unlocked workspace under its newest keys."""
    return RekeyJob(
        unlocked, keyring(), KeyTable(settings.keys_table()), provider.unlock, provider.audit_log
    )


async def vault_access(provider: ProviderDep) -> VaultAccess:
    """Return the vault access of the provider, in every state of the workspace."""
    session = SessionStore(settings.sessions_table()).get(
        provider.owner.session_id, provider.provider_id
    )
    if session is None:
        raise Unauthenticated("session-ended", _("This session has ended: sign in again."))
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
    """Return the service that destroys the keys of deleted clients."""
    return KeyDeletion(provider.work, provider.audit_log, keyring())


type KeyDeletionDep = Annotated[KeyDeletion, Depends(key_deletion)]


async def campaigns(provider: ProviderDep, unlocked: UnlockedDep) -> CampaignService:
    """Return the service that sends campaigns to the subscribers of an area."""
    return CampaignService(
        unlocked, provider.audit_log, campaign_envelope(), settings.public_origin()
    )


type CampaignsDep = Annotated[CampaignService, Depends(campaigns)]


def campaign_envelope() -> Envelope:
    """Return the envelope that encrypts campaign e-mails until they are sent."""
    return _envelope(settings.key_arn(), PURPOSE)


@cache
def _envelope(key_arn: str, purpose: str) -> Envelope:
    # One per environment: the data key is cached for a while.
    return Envelope(key_arn, purpose)


def data_request_envelope() -> Envelope:
    """Return the envelope that encrypts the answers to data requests."""
    return _envelope(settings.key_arn(), SUBJECTS)


# Any account that may be recorded as a client; the provider realms do not offer data requests.
DATA_SUBJECT = requires(Permission.SUBMIT_DATA_REQUEST)
type DataSubject = Annotated[Principal, DATA_SUBJECT]


async def own_data_requests(subject: DataSubject, work: UnitOfWorkDep) -> DataRequestService:
    """Return the data requests of the signed-in person to all workspaces."""
    return DataRequestService(work, subject.user_id, data_request_envelope(), clock.now)


type OwnDataRequestsDep = Annotated[DataRequestService, Depends(own_data_requests)]


async def limit_data_requests(subject: DataSubject) -> None:
    """Limit the data requests of an account, to stop a script."""
    limiter().hit(f"crm.subject|{subject.user_id}", limit=30, window=timedelta(hours=1))


async def data_request_answers(provider: ProviderDep) -> AnswerSender:
    """Return the service that answers data requests."""
    return AnswerSender(data_request_envelope(), provider.audit_log)


type DataRequestAnswersDep = Annotated[AnswerSender, Depends(data_request_answers)]


async def limit_writes(owner: CurrentProvider) -> None:
    """Limit the writes of a provider, to stop a script."""
    limiter().hit(f"crm.write|{owner.user_id}", limit=WRITES_PER_HOUR, window=timedelta(hours=1))


def limiter() -> RateLimiter:
    """Return the rate limiter."""
    return RateLimiter(settings.rate_limits_table())


def keyring() -> Keyring:
    """Return the keyring of the vaults."""
    return _keyring(settings.keys_table(), settings.key_arn())


@cache
def _keyring(table: str, key_arn: str) -> Keyring:
    # One per environment: opened key bundles are cached for a minute.
    return Keyring(table, key_arn)
