"""Asking every book, handing over what was answered, and forgetting both.

Each slice of books is one transaction that also remembers how far it came: killed in between, the next one goes on
there. Who asks the books opens none of them: it seals to their inboxes.
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from crm.domain.data_requests import ANSWERS_FOR, KEPT_FOR, Asked, Notice
from crm.repository.booking_sync import InboxTable
from crm.repository.data_requests import INBOX_KIND, Rounds, Waiting
from crm.repository.workspaces import providers_after
from crm.service.booking_sync import context_of
from crm.service.for_each_workspace import in_every_book
from crm.service.unlocked_context import enter_as
from crm.vault import Inbox, NoVault, VaultShredded
from kit.clock import Clock
from kit.db import Database, UnitOfWork
from kit.errors import Unavailable
from kit.mail import Mail, Mailer
from kit.observability import log_failure

SLICE = 50
"""Books that are asked in one transaction."""


@dataclass(frozen=True, slots=True)
class AskingBooks:
    """Brings requests into every inbox."""

    database: Database
    inbox: Inbox
    now: Clock
    slice: int = SLICE

    def run(self) -> int:
        """Ask until nothing waits; return how often a book was asked."""
        asked = 0
        while (some := self.database.run(self._slice)) is not None:
            asked += some
        return asked

    def _slice(self, work: UnitOfWork) -> int | None:
        rounds = Rounds(work)
        waiting = rounds.take()
        if waiting is None:
            return None
        # Looked up each time: whoever leaves meanwhile is asked about no further.
        email = rounds.address_of(waiting.user_id)
        books = providers_after(work, waiting.asked_up_to, self.slice) if email else []
        if not email or not books:
            rounds.finish(waiting.id, self.now())
            return 0
        asked = self._ask(work, waiting, email, books)
        rounds.note(waiting.id, books[-1])
        return asked

    def _ask(self, work: UnitOfWork, waiting: Waiting, email: str, books: list[UUID]) -> int:
        question = Asked(
            request_id=waiting.id,
            kind=waiting.kind,
            account_id=waiting.user_id,
            email=email,
            asked_at=waiting.asked_at,
        ).document()
        done, away = 0, None
        for provider_id in books:
            try:
                done += self._ask_one(work, waiting.id, provider_id, question)
            except Unavailable as error:
                # One inbox out of reach keeps nobody from being asked; all of them mean that the table is.
                away = error
                log_failure("a book was not asked", error, provider_id=str(provider_id))
        if away is not None and not done:
            raise away
        return done

    def _ask_one(
        self, work: UnitOfWork, request_id: UUID, provider_id: UUID, question: dict[str, str]
    ) -> int:
        row_id = row_of(request_id, provider_id)
        try:
            sealed = self.inbox.seal(provider_id, question, context_of(INBOX_KIND, row_id))
        except (NoVault, VaultShredded):
            return 0
        enter_as(work, provider_id)
        InboxTable(work, provider_id).add(row_id, INBOX_KIND, sealed, self.now())
        return 1


@dataclass(frozen=True, slots=True)
class Evening:
    """What is done once a day, so that no hour tells when somebody answered."""

    database: Database
    mailer: Mailer
    address: str
    now: Clock

    def hand_over(self) -> int:
        """Let people read what was answered since yesterday, and tell them; return how many."""
        with self.database.transaction() as work:
            waiting = Rounds(work).answered()
        return sum(self._safely(request_id, user_id) for request_id, user_id in waiting)

    def forget(self) -> int:
        """Delete what is over; return how many rows."""
        now = self.now()

        def in_one(work: UnitOfWork, provider_id: UUID) -> int:
            return Rounds(work).forget_in_book(provider_id, now, now - KEPT_FOR)

        done = self.database.run(lambda w: Rounds(w).forget(now - ANSWERS_FOR, now - KEPT_FOR))
        return done + in_every_book(self.database, in_one)

    def _tell(self, request_id: UUID, user_id: UUID) -> int:
        with self.database.transaction() as work:
            rounds = Rounds(work)
            if not rounds.release(request_id, self.now()):
                return 0
            address = rounds.address_of(user_id)
            if address is not None:
                notice = Notice(self.address)
                # Last: if it fails the answers wait on, and are handed over tomorrow.
                self.mailer.send(Mail(address, notice.subject, notice.text(), notice.html()))
        return 1

    def _safely(self, request_id: UUID, user_id: UUID) -> int:
        try:
            return self._tell(request_id, user_id)
        except Exception as error:
            log_failure("an answer was not handed over", error)
            return 0


def row_of(request_id: UUID, provider_id: UUID) -> UUID:
    """Return the id of a request in one book: the same however often it is asked."""
    return uuid5(NAMESPACE_URL, f"{request_id}/{provider_id}")
