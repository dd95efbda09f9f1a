"""Dispatch of data requests to every workspace, daily release of answers, and deletion of both.

Each batch of workspaces is one transaction that also stores its progress: a run that was killed is continued from
there. The dispatcher unlocks no workspace: it encrypts to the inboxes.
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from crm.domain.data_requests import (
    ANSWER_LIFETIME,
    REQUEST_LIFETIME,
    DataRequest,
    DataRequestNotification,
)
from crm.repository.booking_sync import InboxRepository
from crm.repository.data_requests import INBOX_KIND, DataRequestDispatch, PendingDataRequest
from crm.repository.workspaces import provider_ids_after
from crm.service.booking_sync import aad_context
from crm.service.for_each_workspace import for_each_workspace
from crm.service.unlocked_context import set_tenant
from crm.vault import Inbox, VaultDestroyed, VaultNotCreated
from kit.clock import Clock
from kit.db import Database, UnitOfWork
from kit.errors import Unavailable
from kit.i18n import use_language
from kit.mail import Mail, Mailer
from kit.observability import log_failure

BATCH_SIZE = 50
"""Workspaces per transaction."""


@dataclass(frozen=True, slots=True)
class DataRequestDispatcher:
    """Adds data requests to the inbox of every workspace."""

    database: Database
    inbox: Inbox
    now: Clock
    batch_size: int = BATCH_SIZE

    def dispatch_all(self) -> int:
        """Dispatch until no request is pending; return the number of inbox messages added."""
        asked = 0
        while (count := self.database.run(self._dispatch_batch)) is not None:
            asked += count
        return asked

    def _dispatch_batch(self, work: UnitOfWork) -> int | None:
        dispatch = DataRequestDispatch(work)
        request = dispatch.claim()
        if request is None:
            return None
        # Looked up each time: a request of an account closed meanwhile is not dispatched further.
        requester = dispatch.requester(request.user_id)
        provider_ids = (
            provider_ids_after(work, request.dispatched_up_to, self.batch_size) if requester else []
        )
        if not requester or not provider_ids:
            dispatch.finish(request.id, self.now())
            return 0
        asked = self._add_to_inboxes(work, request, requester.email, provider_ids)
        dispatch.checkpoint(request.id, provider_ids[-1])
        return asked

    def _add_to_inboxes(
        self, work: UnitOfWork, request: PendingDataRequest, email: str, provider_ids: list[UUID]
    ) -> int:
        payload = DataRequest(
            request_id=request.id,
            kind=request.kind,
            account_id=request.user_id,
            email=email,
            asked_at=request.asked_at,
        ).to_payload()
        done, failure = 0, None
        for provider_id in provider_ids:
            try:
                done += self._add_to_inbox(work, request.id, provider_id, payload)
            except Unavailable as error:
                # One failing inbox must not stop the dispatch; if all fail, the key table is unavailable.
                failure = error
                log_failure(
                    "a data request was not dispatched to a workspace",
                    error,
                    provider_id=str(provider_id),
                )
        if failure is not None and not done:
            raise failure
        return done

    def _add_to_inbox(
        self, work: UnitOfWork, request_id: UUID, provider_id: UUID, payload: dict[str, str]
    ) -> int:
        row_id = inbox_row_id(request_id, provider_id)
        try:
            sealed = self.inbox.seal(provider_id, payload, aad_context(INBOX_KIND, row_id))
        except (VaultNotCreated, VaultDestroyed):
            return 0
        set_tenant(work, provider_id)
        InboxRepository(work, provider_id).add(row_id, INBOX_KIND, sealed, self.now())
        return 1


@dataclass(frozen=True, slots=True)
class DataRequestDailyRelease:
    """Daily release of answers, so that no hour tells when a provider answered."""

    database: Database
    mailer: Mailer
    page_url: str
    now: Clock

    def release(self) -> int:
        """Release the answers of the last day and notify the requesters; return the number of requests."""
        with self.database.transaction() as work:
            request = DataRequestDispatch(work).list_answered()
        return sum(self._try_release(request_id, user_id) for request_id, user_id in request)

    def delete_expired(self) -> int:
        """Delete expired answers, requests and cases; return the number of rows."""
        now = self.now()

        def in_one(work: UnitOfWork, provider_id: UUID) -> int:
            return DataRequestDispatch(work).delete_expired_in_workspace(
                provider_id, now, now - REQUEST_LIFETIME
            )

        done = self.database.run(
            lambda w: DataRequestDispatch(w).delete_expired(
                now - ANSWER_LIFETIME, now - REQUEST_LIFETIME
            )
        )
        return done + for_each_workspace(self.database, in_one)

    def _release_and_notify(self, request_id: UUID, user_id: UUID) -> int:
        with self.database.transaction() as work:
            dispatch = DataRequestDispatch(work)
            if not dispatch.release(request_id, self.now()):
                return 0
            requester = dispatch.requester(user_id)
            if requester is not None:
                notification = DataRequestNotification(self.page_url)
                with use_language(requester.language):
                    mail = Mail(
                        requester.email,
                        notification.subject(),
                        notification.text(),
                        notification.html(),
                    )
                # Last: if it fails the answers stay unreleased, and are released tomorrow.
                self.mailer.send(mail)
        return 1

    def _try_release(self, request_id: UUID, user_id: UUID) -> int:
        try:
            return self._release_and_notify(request_id, user_id)
        except Exception as error:
            log_failure("an answer was not released", error)
            return 0


def inbox_row_id(request_id: UUID, provider_id: UUID) -> UUID:
    """Return the id of a request's inbox message in one workspace: the same on every dispatch."""
    return uuid5(NAMESPACE_URL, f"{request_id}/{provider_id}")
