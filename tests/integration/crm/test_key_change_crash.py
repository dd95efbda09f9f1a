"""Key changes of a workspace, killed at each call to keys or rows: no data is lost, and a retry succeeds.

After a kill behind the last commit, the retry may fail with a conflict because everything was already done.
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
type Operation = Callable[[VaultAccess], object]


class NoLimit(RateLimiter):
    """Rate limiter that allows every attempt."""

    def hit(self, key: str, *, limit: int, window: timedelta) -> None:
        """Allow the attempt."""

    def refund(self, key: str, *, window: timedelta) -> None:
        """Ignore the refund: no attempt is counted."""


@dataclass
class CrashRunner:
    """Runs one operation in new workspaces, killed at a later call each time, until the operation completes."""

    databases: Callable[[str], Database]
    cloud: FakeCloud

    def new_workspace(self) -> RekeyFixture:
        """Return a new workspace with one client."""
        workspace = RekeyFixture(self.databases, self.cloud)
        workspace.create_workspace()
        return workspace

    def open_access(self, workspace: RekeyFixture, work: UnitOfWork) -> VaultAccess:
        """Return the provider's vault access to the workspace."""
        set_tenant(work, workspace.provider_id)
        moment = workspace.now()
        return VaultAccess(
            work,
            workspace.provider_id,
            SLUG,
            SessionInfo("session", moment, moment + timedelta(hours=8)),
            workspace.unlock,
            workspace.keyring,
            AuditLog(work, workspace.provider_id, workspace.now, "session"),
            NoLimit("none"),
            workspace.now,
        )

    def run(
        self, workspace: RekeyFixture, operation: Operation, *, may_die: bool = False
    ) -> object:
        """Run the operation once, in its own transaction."""
        work = (
            CrashingUnitOfWork(workspace.database, self.cloud)
            if may_die
            else workspace.database.begin()
        )
        try:
            answer = operation(self.open_access(workspace, work))
            work.commit()
        finally:
            work.rollback()
        return answer

    def crash_at_every_call(
        self,
        prepare: Callable[[RekeyFixture], None],
        operation: Callable[[RekeyFixture], Operation],
        check: Callable[[RekeyFixture], None],
    ) -> int:
        """Kill the operation before and after each call, retry, and check; return the number of kills."""
        crashed, step = True, 0
        while crashed:
            workspace = self.new_workspace()
            prepare(workspace)
            crashed = self._crashes(
                workspace, operation(workspace), step // 2 + 1, after=step % 2 == 1
            )
            if crashed:
                with suppress(Conflict):
                    self.run(workspace, operation(workspace))
            check(workspace)
            step += 1
        return step - 1

    def _crashes(
        self, workspace: RekeyFixture, operation: Operation, call: int, *, after: bool
    ) -> bool:
        self.cloud.calls.clear()
        name = "stop_after" if after else "stop_before"
        setattr(self.cloud, name, call)
        try:
            self.run(workspace, operation, may_die=True)
        except ProcessKilledError:
            return True
        finally:
            setattr(self.cloud, name, 0)
        return False

    def enable_passphrase(self, workspace: RekeyFixture, passphrase: str = FIRST) -> str:
        """Enable a passphrase, and unlock the workspace's session; return the recovery code."""
        answer = []
        self.run(
            workspace,
            lambda access: answer.append(
                EncryptionService(access).enable(passphrase, ENABLE.confirm)
            ),
        )
        workspace.unlock = UnlockToken("session", answer[0].grant.secret)
        return answer[0].recovery_code

    def unlock(self, workspace: RekeyFixture, passphrase: str) -> None:
        """Unlock the workspace with the passphrase."""
        secret = workspace.keyring.unlock(
            workspace.provider_id, "session", passphrase, workspace.now() + timedelta(hours=1)
        )
        workspace.unlock = UnlockToken("session", secret)

    def count_audit_entries(self, workspace: RekeyFixture, action: AuditAction) -> int:
        """Return the number of audit entries of the action."""
        found: list[int] = []

        def count(access: VaultAccess) -> None:
            found.append(len(access.audit_log.list(100, action=action)))
            assert access.audit_log.first_tampered_sequence() is None

        self.run(workspace, count)
        return found[0]


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, database_as: Callable[[str], Database]) -> CrashRunner:
    cloud = FakeCloud()
    cloud.install(monkeypatch)
    return CrashRunner(database_as, cloud)


def is_readable(workspace: RekeyFixture) -> bool:
    return bool(workspace.ids_with_phone()) and len(workspace.all_documents()) > 8


def prepare_nothing(workspace: RekeyFixture) -> None:
    assert workspace.provider_id


def release_holds(workspace: RekeyFixture) -> None:
    with workspace.database.transaction() as work:
        set_tenant(work, workspace.provider_id)
        work.execute("UPDATE crm.legal_holds SET released_at = placed_at")


def test_enable_passphrase_killed_at_every_step_is_repeatable(runner: CrashRunner) -> None:
    codes: list[str] = []

    def operation(_: RekeyFixture) -> Operation:
        return lambda access: codes.append(
            EncryptionService(access).enable(FIRST, ENABLE.confirm).recovery_code
        )

    def check(workspace: RekeyFixture) -> None:
        assert workspace.keyring.state(workspace.provider_id) is VaultState.PASSPHRASE
        runner.unlock(workspace, FIRST)
        assert is_readable(workspace)
        assert runner.count_audit_entries(workspace, AuditAction.ENCRYPTION_ENABLED) in {1, 2}
        runner.run(workspace, lambda access: UnlockService(access).recover(codes[-1], SECOND))

    assert runner.crash_at_every_call(prepare_nothing, operation, check) > 10


def test_change_passphrase_killed_at_every_step_is_repeatable(runner: CrashRunner) -> None:
    def prepare(workspace: RekeyFixture) -> None:
        runner.enable_passphrase(workspace)

    def check(workspace: RekeyFixture) -> None:
        runner.unlock(workspace, SECOND)
        assert is_readable(workspace)
        assert runner.count_audit_entries(workspace, AuditAction.PASSPHRASE_CHANGED) in {1, 2}

    change: Operation = lambda access: EncryptionService(access).change(FIRST, SECOND)  # noqa: E731
    assert runner.crash_at_every_call(prepare, lambda _: change, check) > 10


def test_recover_killed_at_every_step_is_repeatable(runner: CrashRunner) -> None:
    codes: dict[UUID, str] = {}
    latest: list[str] = []

    def prepare(workspace: RekeyFixture) -> None:
        codes[workspace.provider_id] = runner.enable_passphrase(workspace)

    def operation(workspace: RekeyFixture) -> Operation:
        return lambda access: latest.append(
            UnlockService(access).recover(codes[workspace.provider_id], SECOND).recovery_code
        )

    def check(workspace: RekeyFixture) -> None:
        runner.unlock(workspace, SECOND)
        assert is_readable(workspace)
        assert runner.count_audit_entries(workspace, AuditAction.RECOVERED) in {1, 2}
        runner.run(workspace, lambda access: UnlockService(access).recover(latest[-1], FIRST))

    assert runner.crash_at_every_call(prepare, operation, check) > 8


def test_disable_passphrase_killed_at_every_step_is_repeatable(runner: CrashRunner) -> None:
    disable: Operation = lambda access: EncryptionService(access).disable(FIRST, DISABLE.confirm)  # noqa: E731

    def prepare(workspace: RekeyFixture) -> None:
        runner.enable_passphrase(workspace)
        runner.run(workspace, disable)
        workspace.moment += timedelta(hours=25)
        runner.unlock(workspace, FIRST)

    def check(workspace: RekeyFixture) -> None:
        assert workspace.keyring.state(workspace.provider_id) is VaultState.OPEN
        assert is_readable(workspace)
        assert runner.count_audit_entries(workspace, AuditAction.ENCRYPTION_DISABLED) in {1, 2}

    assert runner.crash_at_every_call(prepare, lambda _: disable, check) > 10


def test_rotate_and_renew_code_killed_at_every_step_are_repeatable(runner: CrashRunner) -> None:
    def prepare(workspace: RekeyFixture) -> None:
        runner.enable_passphrase(workspace)

    def check(workspace: RekeyFixture) -> None:
        assert is_readable(workspace)
        assert len(workspace.live_generations()) == 3

    rotate: Operation = lambda access: EncryptionService(access).rotate()  # noqa: E731
    assert runner.crash_at_every_call(prepare, lambda _: rotate, check) > 4
    codes: list[str] = []

    def check_renewed(workspace: RekeyFixture) -> None:
        runner.run(workspace, lambda access: UnlockService(access).recover(codes[-1], SECOND))
        runner.unlock(workspace, SECOND)
        assert is_readable(workspace)

    renew: Operation = lambda access: codes.append(  # noqa: E731
        EncryptionService(access).new_recovery_code(FIRST)
    )
    assert runner.crash_at_every_call(prepare, lambda _: renew, check_renewed) > 4


def test_delete_and_recreate_workspace_killed_at_every_step_are_repeatable(
    runner: CrashRunner,
) -> None:
    confirm = delete_workspace_confirmation(SLUG).confirm
    delete: Operation = lambda access: delete_workspace.delete_workspace(access, confirm)  # noqa: E731
    recreate: Operation = lambda access: delete_workspace.recreate_workspace(  # noqa: E731
        access, RECREATE.confirm
    )

    def check_deleted(workspace: RekeyFixture) -> None:
        assert workspace.keyring.state(workspace.provider_id) is VaultState.SHREDDED
        with workspace.database.transaction() as work:
            set_tenant(work, workspace.provider_id)
            for name in DELETED_TABLES:
                assert work.execute(f"SELECT FROM crm.{name}").rowcount == 0, name
        assert runner.count_audit_entries(workspace, AuditAction.WORKSPACE_DELETED) >= 1

    assert runner.crash_at_every_call(release_holds, lambda _: delete, check_deleted) > 10

    def check_recreated(workspace: RekeyFixture) -> None:
        with workspace.unlocked() as context:
            workspace.create_client(context, "Leo Brandt")
        assert len(workspace.ids_with_phone()) == 1

    def prepare_deleted(workspace: RekeyFixture) -> None:
        release_holds(workspace)
        runner.run(workspace, delete)

    assert runner.crash_at_every_call(prepare_deleted, lambda _: recreate, check_recreated) > 4
