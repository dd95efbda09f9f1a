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
from tests.factories.crm_rekey import CrashingUnitOfWork, RekeyFixture
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
class CrashRunner:
    """Asks the same of books until nothing kills it any more, once for every call at which it may die."""

    databases: Callable[[str], Database]
    cloud: FakeCloud

    def book(self) -> RekeyFixture:
        """Return a book with somebody in it."""
        book = RekeyFixture(self.databases, self.cloud)
        book.create_workspace()
        return book

    def door(self, book: RekeyFixture, work: UnitOfWork) -> VaultAccess:
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

    def ask(self, book: RekeyFixture, asked: Asked, *, may_die: bool = False) -> object:
        """Ask once, in a transaction of its own."""
        work = CrashingUnitOfWork(book.database, self.cloud) if may_die else book.database.begin()
        try:
            answer = asked(self.door(book, work))
            work.commit()
        finally:
            work.rollback()
        return answer

    def every(
        self,
        prepare: Callable[[RekeyFixture], None],
        asked: Callable[[RekeyFixture], Asked],
        after: Callable[[RekeyFixture], None],
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

    def _dies(self, book: RekeyFixture, asked: Asked, call: int, *, after: bool) -> bool:
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

    def enabled(self, book: RekeyFixture, passphrase: str = FIRST) -> str:
        """Put a passphrase on, unlocked for the book's session; return the code."""
        answer = []
        self.ask(
            book,
            lambda door: answer.append(EncryptionService(door).enable(passphrase, ENABLE.confirm)),
        )
        book.unlock = UnlockToken("session", answer[0].grant.secret)
        return answer[0].recovery_code

    def unlocked(self, book: RekeyFixture, passphrase: str) -> None:
        """Unlock it with that passphrase, or fail."""
        secret = book.keyring.unlock(
            book.provider_id, "session", passphrase, book.now() + timedelta(hours=1)
        )
        book.unlock = UnlockToken("session", secret)

    def told(self, book: RekeyFixture, action: AuditAction) -> int:
        """Return how often that was written down."""
        found: list[int] = []

        def look(door: VaultAccess) -> None:
            found.append(len(door.audit_log.list(100, action=action)))
            assert door.audit_log.first_tampered_sequence() is None

        self.ask(book, look)
        return found[0]


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, database_as: Callable[[str], Database]) -> CrashRunner:
    cloud = FakeCloud()
    cloud.install(monkeypatch)
    return CrashRunner(database_as, cloud)


def readable(book: RekeyFixture) -> bool:
    return bool(book.ids_with_phone()) and len(book.all_documents()) > 8


def nothing(book: RekeyFixture) -> None:
    assert book.provider_id


def unheld(book: RekeyFixture) -> None:
    with book.database.transaction() as work:
        set_tenant(work, book.provider_id)
        work.execute("UPDATE crm.legal_holds SET released_at = placed_at")


def test_putting_a_passphrase_on(runner: CrashRunner) -> None:
    codes: list[str] = []

    def asked(_: RekeyFixture) -> Asked:
        return lambda door: codes.append(
            EncryptionService(door).enable(FIRST, ENABLE.confirm).recovery_code
        )

    def after(book: RekeyFixture) -> None:
        assert book.keyring.state(book.provider_id) is VaultState.PASSPHRASE
        runner.unlocked(book, FIRST)
        assert readable(book)
        assert runner.told(book, AuditAction.ENCRYPTION_ENABLED) in {1, 2}
        runner.ask(book, lambda door: UnlockService(door).recover(codes[-1], SECOND))

    assert runner.every(nothing, asked, after) > 10


def test_changing_it(runner: CrashRunner) -> None:
    def prepare(book: RekeyFixture) -> None:
        runner.enabled(book)

    def after(book: RekeyFixture) -> None:
        runner.unlocked(book, SECOND)
        assert readable(book)
        assert runner.told(book, AuditAction.PASSPHRASE_CHANGED) in {1, 2}

    change: Asked = lambda door: EncryptionService(door).change(FIRST, SECOND)  # noqa: E731
    assert runner.every(prepare, lambda _: change, after) > 10


def test_recovering(runner: CrashRunner) -> None:
    codes: dict[UUID, str] = {}
    latest: list[str] = []

    def prepare(book: RekeyFixture) -> None:
        codes[book.provider_id] = runner.enabled(book)

    def asked(book: RekeyFixture) -> Asked:
        return lambda door: latest.append(
            UnlockService(door).recover(codes[book.provider_id], SECOND).recovery_code
        )

    def after(book: RekeyFixture) -> None:
        runner.unlocked(book, SECOND)
        assert readable(book)
        assert runner.told(book, AuditAction.RECOVERED) in {1, 2}
        runner.ask(book, lambda door: UnlockService(door).recover(latest[-1], FIRST))

    assert runner.every(prepare, asked, after) > 8


def test_taking_it_off(runner: CrashRunner) -> None:
    take_off: Asked = lambda door: EncryptionService(door).disable(FIRST, DISABLE.confirm)  # noqa: E731

    def prepare(book: RekeyFixture) -> None:
        runner.enabled(book)
        runner.ask(book, take_off)
        book.moment += timedelta(hours=25)
        runner.unlocked(book, FIRST)

    def after(book: RekeyFixture) -> None:
        assert book.keyring.state(book.provider_id) is VaultState.OPEN
        assert readable(book)
        assert runner.told(book, AuditAction.ENCRYPTION_DISABLED) in {1, 2}

    assert runner.every(prepare, lambda _: take_off, after) > 10


def test_new_keys_and_a_new_code(runner: CrashRunner) -> None:
    def prepare(book: RekeyFixture) -> None:
        runner.enabled(book)

    def after(book: RekeyFixture) -> None:
        assert readable(book)
        assert len(book.live_generations()) == 3

    rotate: Asked = lambda door: EncryptionService(door).rotate()  # noqa: E731
    assert runner.every(prepare, lambda _: rotate, after) > 4
    codes: list[str] = []

    def renewed(book: RekeyFixture) -> None:
        runner.ask(book, lambda door: UnlockService(door).recover(codes[-1], SECOND))
        runner.unlocked(book, SECOND)
        assert readable(book)

    renew: Asked = lambda door: codes.append(EncryptionService(door).new_recovery_code(FIRST))  # noqa: E731
    assert runner.every(prepare, lambda _: renew, renewed) > 4


def test_destroying_and_beginning_again(runner: CrashRunner) -> None:
    confirm = delete_workspace_confirmation(SLUG).confirm
    destroy: Asked = lambda door: delete_workspace.delete_workspace(door, confirm)  # noqa: E731
    begin: Asked = lambda door: delete_workspace.recreate_workspace(door, RECREATE.confirm)  # noqa: E731

    def gone(book: RekeyFixture) -> None:
        assert book.keyring.state(book.provider_id) is VaultState.SHREDDED
        with book.database.transaction() as work:
            set_tenant(work, book.provider_id)
            for name in DELETED_TABLES:
                assert work.execute(f"SELECT FROM crm.{name}").rowcount == 0, name
        assert runner.told(book, AuditAction.WORKSPACE_DELETED) >= 1

    assert runner.every(unheld, lambda _: destroy, gone) > 10

    def begun(book: RekeyFixture) -> None:
        with book.unlocked() as desk:
            book.create_client(desk, "Leo Brandt")
        assert len(book.ids_with_phone()) == 1

    def destroyed(book: RekeyFixture) -> None:
        unheld(book)
        runner.ask(book, destroy)

    assert runner.every(destroyed, lambda _: begin, begun) > 4
