"""What changes the keys, killed at each call to keys or rows: nothing is lost, and asking once more is right.

Killed after the last commit, the second request may find that everything was done and say so.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from crm.domain.audit_log import AuditAction
from crm.domain.confirmations import DISABLE, ENABLE, RECREATE, delete_workspace_confirmation
from crm.repository.workspace_deletion import DELETED_TABLES
from crm.service import delete_workspace
from crm.service.audit_log import AuditLog
from crm.service.encryption import EncryptionService
from crm.service.unlock import UnlockService
from crm.service.unlocked_context import set_tenant
from crm.service.vault_access import SessionInfo, VaultAccess
from crm.vault import UnlockToken, VaultState
from kit.db import Database, UnitOfWork
from kit.errors import Conflict
from kit.ratelimit import RateLimiter
from tests.factories.crm_sealed import Dying, SealedBook
from tests.fakes.vault_cloud import FakeCloud, ProcessKilledError

pytestmark = pytest.mark.slow

FIRST, SECOND = "violet anchor meadow lantern", "seven swans swimming slowly"
SLUG = "mira-valen"
type Asked = Callable[[VaultAccess], object]


class NoLimit(RateLimiter):
    """Counts nothing."""

    def hit(self, key: str, *, limit: int, window: timedelta) -> None:
        """Let everybody through."""

    def give_back(self, key: str, *, window: timedelta) -> None:
        """Have nothing to give."""


@dataclass
class Attempts:
    """Asks the same of books until nothing kills it any more, once for every call at which it may die."""

    databases: Callable[[str], Database]
    cloud: FakeCloud

    def book(self) -> SealedBook:
        """Return a book with somebody in it."""
        book = SealedBook(self.databases, self.cloud)
        book.begin()
        return book

    def door(self, book: SealedBook, work: UnitOfWork) -> VaultAccess:
        """Return a provider before that book."""
        set_tenant(work, book.provider_id)
        moment = book.now()
        return VaultAccess(
            work,
            book.provider_id,
            SLUG,
            SessionInfo("session", moment, moment + timedelta(hours=8)),
            book.unlock,
            book.keyring,
            AuditLog(work, book.provider_id, book.now, "session"),
            NoLimit("none"),
            book.now,
        )

    def ask(self, book: SealedBook, asked: Asked, *, may_die: bool = False) -> object:
        """Ask once, in a transaction of its own."""
        work = Dying(book.database, self.cloud) if may_die else book.database.begin()
        try:
            answer = asked(self.door(book, work))
            work.commit()
        finally:
            work.rollback()
        return answer

    def every(
        self,
        prepare: Callable[[SealedBook], None],
        asked: Callable[[SealedBook], Asked],
        after: Callable[[SealedBook], None],
    ) -> int:
        """Die at each call, before it and after it; ask again; look. Returns how often it died."""
        died, step = True, 0
        while died:
            one = self.book()
            prepare(one)
            died = self._dies(one, asked(one), step // 2 + 1, after=step % 2 == 1)
            if died:
                with suppress(Conflict):
                    self.ask(one, asked(one))
            after(one)
            step += 1
        return step - 1

    def _dies(self, book: SealedBook, asked: Asked, call: int, *, after: bool) -> bool:
        self.cloud.calls.clear()
        name = "stop_after" if after else "stop_before"
        setattr(self.cloud, name, call)
        try:
            self.ask(book, asked, may_die=True)
        except ProcessKilledError:
            return True
        finally:
            setattr(self.cloud, name, 0)
        return False

    def enabled(self, book: SealedBook, passphrase: str = FIRST) -> str:
        """Put a passphrase on, unlocked for the book's session; return the code."""
        answer = []
        self.ask(
            book,
            lambda door: answer.append(EncryptionService(door).enable(passphrase, ENABLE.confirm)),
        )
        book.unlock = UnlockToken("session", answer[0].grant.secret)
        return answer[0].recovery_code

    def unlocked(self, book: SealedBook, passphrase: str) -> None:
        """Unlock it with that passphrase, or fail."""
        secret = book.keyring.unlock(
            book.provider_id, "session", passphrase, book.now() + timedelta(hours=1)
        )
        book.unlock = UnlockToken("session", secret)

    def told(self, book: SealedBook, action: AuditAction) -> int:
        """Return how often that was written down."""
        found: list[int] = []

        def look(door: VaultAccess) -> None:
            found.append(len(door.audit_log.list(100, action=action)))
            assert door.audit_log.first_tampered_sequence() is None

        self.ask(book, look)
        return found[0]


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch, database_as: Callable[[str], Database]) -> Attempts:
    cloud = FakeCloud()
    cloud.install(monkeypatch)
    return Attempts(database_as, cloud)


def readable(book: SealedBook) -> bool:
    return bool(book.found()) and len(book.everything()) > 8


def nothing(book: SealedBook) -> None:
    assert book.provider_id


def unheld(book: SealedBook) -> None:
    with book.database.transaction() as work:
        set_tenant(work, book.provider_id)
        work.execute("UPDATE crm.legal_holds SET released_at = placed_at")


def test_enable_passphrase_killed_at_every_step_is_repeatable(attempts: Attempts) -> None:
    codes: list[str] = []

    def asked(_: SealedBook) -> Asked:
        return lambda door: codes.append(
            EncryptionService(door).enable(FIRST, ENABLE.confirm).recovery_code
        )

    def after(book: SealedBook) -> None:
        assert book.keyring.state(book.provider_id) is VaultState.PASSPHRASE
        attempts.unlocked(book, FIRST)
        assert readable(book)
        assert attempts.told(book, AuditAction.ENCRYPTION_ENABLED) in {1, 2}
        attempts.ask(book, lambda door: UnlockService(door).recover(codes[-1], SECOND))

    assert attempts.every(nothing, asked, after) > 10


def test_change_passphrase_killed_at_every_step_is_repeatable(attempts: Attempts) -> None:
    def prepare(book: SealedBook) -> None:
        attempts.enabled(book)

    def after(book: SealedBook) -> None:
        attempts.unlocked(book, SECOND)
        assert readable(book)
        assert attempts.told(book, AuditAction.PASSPHRASE_CHANGED) in {1, 2}

    change: Asked = lambda door: EncryptionService(door).change(FIRST, SECOND)  # noqa: E731
    assert attempts.every(prepare, lambda _: change, after) > 10


def test_recover_killed_at_every_step_is_repeatable(attempts: Attempts) -> None:
    codes: dict[UUID, str] = {}
    latest: list[str] = []

    def prepare(book: SealedBook) -> None:
        codes[book.provider_id] = attempts.enabled(book)

    def asked(book: SealedBook) -> Asked:
        return lambda door: latest.append(
            UnlockService(door).recover(codes[book.provider_id], SECOND).recovery_code
        )

    def after(book: SealedBook) -> None:
        attempts.unlocked(book, SECOND)
        assert readable(book)
        assert attempts.told(book, AuditAction.RECOVERED) in {1, 2}
        attempts.ask(book, lambda door: UnlockService(door).recover(latest[-1], FIRST))

    assert attempts.every(prepare, asked, after) > 8


def test_disable_passphrase_killed_at_every_step_is_repeatable(attempts: Attempts) -> None:
    take_off: Asked = lambda door: EncryptionService(door).disable(FIRST, DISABLE.confirm)  # noqa: E731

    def prepare(book: SealedBook) -> None:
        attempts.enabled(book)
        attempts.ask(book, take_off)
        book.moment += timedelta(hours=25)
        attempts.unlocked(book, FIRST)

    def after(book: SealedBook) -> None:
        assert book.keyring.state(book.provider_id) is VaultState.OPEN
        assert readable(book)
        assert attempts.told(book, AuditAction.ENCRYPTION_DISABLED) in {1, 2}

    assert attempts.every(prepare, lambda _: take_off, after) > 10


def test_rotate_and_renew_code_killed_at_every_step_are_repeatable(attempts: Attempts) -> None:
    def prepare(book: SealedBook) -> None:
        attempts.enabled(book)

    def after(book: SealedBook) -> None:
        assert readable(book)
        assert len(book.live()) == 3

    rotate: Asked = lambda door: EncryptionService(door).rotate()  # noqa: E731
    assert attempts.every(prepare, lambda _: rotate, after) > 4
    codes: list[str] = []

    def renewed(book: SealedBook) -> None:
        attempts.ask(book, lambda door: UnlockService(door).recover(codes[-1], SECOND))
        attempts.unlocked(book, SECOND)
        assert readable(book)

    renew: Asked = lambda door: codes.append(EncryptionService(door).new_recovery_code(FIRST))  # noqa: E731
    assert attempts.every(prepare, lambda _: renew, renewed) > 4


def test_delete_and_recreate_workspace_killed_at_every_step_are_repeatable(
    attempts: Attempts,
) -> None:
    confirm = delete_workspace_confirmation(SLUG).confirm
    destroy: Asked = lambda door: delete_workspace.delete_workspace(door, confirm)  # noqa: E731
    begin: Asked = lambda door: delete_workspace.recreate_workspace(door, RECREATE.confirm)  # noqa: E731

    def gone(book: SealedBook) -> None:
        assert book.keyring.state(book.provider_id) is VaultState.SHREDDED
        with book.database.transaction() as work:
            set_tenant(work, book.provider_id)
            for name in DELETED_TABLES:
                assert work.execute(f"SELECT FROM crm.{name}").rowcount == 0, name
        assert attempts.told(book, AuditAction.WORKSPACE_DELETED) >= 1

    assert attempts.every(unheld, lambda _: destroy, gone) > 10

    def begun(book: SealedBook) -> None:
        with book.desk() as desk:
            book.client(desk, "Leo Brandt")
        assert len(book.found()) == 1

    def destroyed(book: SealedBook) -> None:
        unheld(book)
        attempts.ask(book, destroy)

    assert attempts.every(destroyed, lambda _: begin, begun) > 4
