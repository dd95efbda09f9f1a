"""Asking every book, handing over what was answered, and forgetting both.

Each slice of books is one transaction that also remembers how far it came: killed in between, the next one goes on
there. Who asks the books opens none of them: it seals to their inboxes.
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from crm.domain.data_requests import ANSWERS_FOR, KEPT_FOR, DataRequest, DataRequestNotification
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
from kit.mail import Mail, Mailer
from kit.observability import log_failure

BATCH_SIZE = 50
"""Books that are asked in one transaction."""


@dataclass(frozen=True, slots=True)
class DataRequestDispatcher:
    """Brings requests into every inbox."""

    database: Database
    inbox: Inbox
    now: Clock
    batch_size: int = BATCH_SIZE

    def dispatch_all(self) -> int:
        """Ask until nothing waits; return how often a book was asked."""
        asked = 0
        while (some := self.database.run(self._dispatch_batch)) is not None:
            asked += some
        return asked

    def _dispatch_batch(self, work: UnitOfWork) -> int | None:
        rounds = DataRequestDispatch(work)
        waiting = rounds.claim()
        if waiting is None:
            return None
        # Looked up each time: whoever leaves meanwhile is asked about no further.
        email = rounds.email_of(waiting.user_id)
        books = provider_ids_after(work, waiting.dispatched_up_to, self.batch_size) if email else []
        if not email or not books:
            rounds.finish(waiting.id, self.now())
            return 0
        asked = self._add_to_inboxes(work, waiting, email, books)
        rounds.checkpoint(waiting.id, books[-1])
        return asked

    def _add_to_inboxes(
        self, work: UnitOfWork, waiting: PendingDataRequest, email: str, books: list[UUID]
    ) -> int:
        question = DataRequest(
            request_id=waiting.id,
            kind=waiting.kind,
            account_id=waiting.user_id,
            email=email,
            asked_at=waiting.asked_at,
        ).to_payload()
        done, away = 0, None
        for provider_id in books:
            try:
                done += self._add_to_inbox(work, waiting.id, provider_id, question)
            except Unavailable as error:
                # One inbox out of reach keeps nobody from being asked; all of them mean that the table is.
                away = error
                log_failure("a book was not asked", error, provider_id=str(provider_id))
        if away is not None and not done:
            raise away
        return done

    def _add_to_inbox(
        self, work: UnitOfWork, request_id: UUID, provider_id: UUID, question: dict[str, str]
    ) -> int:
        row_id = inbox_row_id(request_id, provider_id)
        try:
            sealed = self.inbox.seal(provider_id, question, aad_context(INBOX_KIND, row_id))
        except (VaultNotCreated, VaultDestroyed):
            return 0
        set_tenant(work, provider_id)
        InboxRepository(work, provider_id).add(row_id, INBOX_KIND, sealed, self.now())
        return 1


@dataclass(frozen=True, slots=True)
class DataRequestDailyRelease:
    """What is done once a day, so that no hour tells when somebody answered."""

    database: Database
    mailer: Mailer
    page_url: str
    now: Clock

    def release(self) -> int:
        """Let people read what was answered since yesterday, and tell them; return how many."""
        with self.database.transaction() as work:
            waiting = DataRequestDispatch(work).list_answered()
        return sum(self._try_release(request_id, user_id) for request_id, user_id in waiting)

    def delete_expired(self) -> int:
        """Delete what is over; return how many rows."""
        now = self.now()

        def in_one(work: UnitOfWork, provider_id: UUID) -> int:
            return DataRequestDispatch(work).delete_expired_in_workspace(
                provider_id, now, now - KEPT_FOR
            )

        done = self.database.run(
            lambda w: DataRequestDispatch(w).delete_expired(now - ANSWERS_FOR, now - KEPT_FOR)
        )
        return done + for_each_workspace(self.database, in_one)

    def _release_and_notify(self, request_id: UUID, user_id: UUID) -> int:
        with self.database.transaction() as work:
            rounds = DataRequestDispatch(work)
            if not rounds.release(request_id, self.now()):
                return 0
            address = rounds.email_of(user_id)
            if address is not None:
                notice = DataRequestNotification(self.page_url)
                # Last: if it fails the answers wait on, and are handed over tomorrow.
                self.mailer.send(Mail(address, notice.subject, notice.text(), notice.html()))
        return 1

    def _try_release(self, request_id: UUID, user_id: UUID) -> int:
        try:
            return self._release_and_notify(request_id, user_id)
        except Exception as error:
            log_failure("an answer was not handed over", error)
            return 0


def inbox_row_id(request_id: UUID, provider_id: UUID) -> UUID:
    """Return the id of a request in one book: the same however often it is asked."""
    return uuid5(NAMESPACE_URL, f"{request_id}/{provider_id}")
