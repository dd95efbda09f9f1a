"""Concurrent changes of the same clients: one wins, and no orphaned or undecryptable rows remain."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from uuid import UUID

import pytest

from crm.domain.audit_log import AuditAction
from crm.domain.communications import Communication
from crm.domain.enums import (
    CommunicationType,
    Direction,
    NotificationChannel,
    VisitStatus,
    VisitType,
)
from crm.domain.visits import Visit
from crm.repository.communications import COMMUNICATIONS
from crm.repository.encrypted_records import RecordFilter
from crm.repository.visits import VISITS
from crm.service.duplicates import find_duplicate_clients
from crm.service.erasure import ClientErasure
from crm.service.key_deletion import KeyDeletion
from crm.service.legal_holds import LegalHoldService
from crm.service.merging import MergeService
from crm.service.records import RecordService
from crm.service.subscriptions import SubscriptionInput, SubscriptionService
from crm.service.timeline import load_timeline
from crm.vault import Keyring
from kit.db import Database
from kit.ids import new_id
from tests.factories.crm_service import CrmServiceWorld, outcome, run_while_waiting
from tests.factories.waiting import PATIENCE

type PausedChange = Callable[[], Iterator[None]]
LATER = datetime(2026, 9, 1, 18, tzinfo=UTC)
VISIT = Visit(
    starts_at=LATER,
    time_zone="Europe/Berlin",
    duration_minutes=60,
    type=VisitType.INCALL,
    status=VisitStatus.PLANNED,
    currency="EUR",
    notes="Tea",
)
CALL = Communication(
    type=CommunicationType.CALL, direction=Direction.INBOUND, happened_at=LATER, text="Hello"
)


class PausedChanges:
    """Changes that run concurrently; each pauses before its commit."""

    def __init__(self, world: CrmServiceWorld) -> None:
        self._world = world

    def visit(self, client_id: UUID) -> PausedChange:
        """Add a visit."""

        def change_until_commit() -> Iterator[None]:
            with self._world.unlocked() as context:
                RecordService(context, VISITS).add(client_id, VISIT)
                yield

        return change_until_commit

    def erase(self, client_id: UUID) -> PausedChange:
        """Erase the client."""

        def change_until_commit() -> Iterator[None]:
            with self._world.unlocked() as context:
                key_deletion = KeyDeletion(
                    context.work, self._world.audit_log(context), self._world.keyring
                )
                ClientErasure(context, key_deletion).erase(client_id)
                yield

        return change_until_commit

    def merge(self, client_id: UUID, absorbed_id: UUID) -> PausedChange:
        """Merge one client into another."""

        def change_until_commit() -> Iterator[None]:
            with self._world.unlocked() as context:
                key_deletion = KeyDeletion(
                    context.work, self._world.audit_log(context), self._world.keyring
                )
                MergeService(context, key_deletion).merge(client_id, 1, absorbed_id)
                yield

        return change_until_commit

    def hold(self, client_id: UUID) -> PausedChange:
        """Place a legal hold on the client."""

        def change_until_commit() -> Iterator[None]:
            with self._world.unlocked() as context:
                LegalHoldService(context, self._world.audit_log(context)).place(client_id, "Letter")
                yield

        return change_until_commit

    def change(self, record_id: UUID) -> PausedChange:
        """Update the communication."""

        def change_until_commit() -> Iterator[None]:
            with self._world.unlocked() as context:
                RecordService(context, COMMUNICATIONS).update(record_id, 1, CALL)
                yield

        return change_until_commit


def run_fully(change_until_commit: PausedChange) -> Callable[[], None]:
    """Return a function that runs the change without the pause."""

    def run() -> None:
        for _ in change_until_commit():
            pass

    return run


@pytest.fixture
def world(cloud: dict[str, str], database_as: Callable[[str], Database]) -> CrmServiceWorld:
    keyring = Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"])
    return CrmServiceWorld(lambda: database_as("crm_web"), keyring, new_id())


@pytest.fixture
def changes(world: CrmServiceWorld) -> PausedChanges:
    return PausedChanges(world)


def visit_clients(world: CrmServiceWorld) -> list[UUID]:
    """Return the client id of each visit, after checking that the visit is decrypted."""
    with world.unlocked() as context:
        found = RecordService(context, VISITS).list(RecordFilter()).items
    assert all(one.payload.notes == "Tea" for one in found)
    return [one.client_id for one in found]


def count_orphans(owner: Database) -> int:
    with owner.transaction() as work:
        return work.execute(
            "SELECT FROM crm.visits v WHERE NOT EXISTS (SELECT FROM crm.clients WHERE id = v.client_id)"
        ).rowcount


def test_erasure_during_visit_creation_deletes_the_visit(
    world: CrmServiceWorld, changes: PausedChanges, database: Database
) -> None:
    leo = world.create_client().id
    assert (
        run_while_waiting(database, changes.visit(leo)(), run_fully(changes.erase(leo))) == "done"
    )
    assert (visit_clients(world), count_orphans(database), world.has_key(leo)) == ([], 0, False)


def test_visit_creation_during_erasure_is_refused(
    world: CrmServiceWorld, changes: PausedChanges, database: Database
) -> None:
    leo = world.create_client().id
    assert (
        run_while_waiting(database, changes.erase(leo)(), run_fully(changes.visit(leo)))
        == "no-such-client"
    )
    assert (visit_clients(world), count_orphans(database), world.has_key(leo)) == ([], 0, False)


def test_erasure_during_erasure_of_same_client_is_refused(
    world: CrmServiceWorld, changes: PausedChanges, database: Database
) -> None:
    leo = world.create_client().id
    assert (
        run_while_waiting(database, changes.erase(leo)(), run_fully(changes.erase(leo)))
        == "no-such-client"
    )


def test_legal_hold_and_erasure_wait_for_each_other(
    world: CrmServiceWorld, changes: PausedChanges, database: Database
) -> None:
    leo, ada = world.create_client("Leo").id, world.create_client("Ada").id
    assert (
        run_while_waiting(database, changes.hold(leo)(), run_fully(changes.erase(leo)))
        == "legal-hold"
    )
    assert world.has_key(leo)
    assert (
        run_while_waiting(database, changes.erase(ada)(), run_fully(changes.hold(ada)))
        == "no-such-client"
    )


def test_merge_during_visit_creation_moves_the_visit(
    world: CrmServiceWorld, changes: PausedChanges, database: Database
) -> None:
    leo, leon = world.create_client("Leo").id, world.create_client("Leon").id
    assert (
        run_while_waiting(database, changes.visit(leon)(), run_fully(changes.merge(leo, leon)))
        == "done"
    )
    assert (visit_clients(world), count_orphans(database), world.has_key(leon)) == ([leo], 0, False)


def test_visit_creation_during_merge_of_client_is_refused(
    world: CrmServiceWorld, changes: PausedChanges, database: Database
) -> None:
    leo, leon = world.create_client("Leo").id, world.create_client("Leon").id
    merge = changes.merge(leo, leon)
    assert run_while_waiting(database, merge(), run_fully(changes.visit(leon))) == "no-such-client"
    assert (visit_clients(world), count_orphans(database)) == ([], 0)


def test_communication_update_during_merge_stays_readable(
    world: CrmServiceWorld, changes: PausedChanges, database: Database
) -> None:
    leo, leon = world.create_client("Leo").id, world.create_client("Leon").id
    with world.unlocked() as context:
        call = RecordService(context, COMMUNICATIONS).add(leon, CALL).id
    merge = changes.merge(leo, leon)
    assert run_while_waiting(database, merge(), run_fully(changes.change(call))) == "no-such-client"
    with world.unlocked() as context:
        communication = RecordService(context, COMMUNICATIONS).get(call)
    assert (communication.client_id, communication.payload.text) == (leo, "Hello")


@pytest.mark.parametrize("second", ["the reverse merge", "into a third client", "the same merge"])
def test_merge_concurrent_with_merge_one_wins(
    world: CrmServiceWorld, changes: PausedChanges, database: Database, second: str
) -> None:
    leo, leon, third = (world.create_client(name).id for name in ("Leo", "Leon", "Third"))
    other = {
        "the reverse merge": changes.merge(leon, leo),
        "into a third client": changes.merge(third, leon),
        "the same merge": changes.merge(leo, leon),
    }[second]
    result = run_while_waiting(database, changes.merge(leo, leon)(), run_fully(other))
    # The second merge finds its target with a newer version, or the other client deleted.
    assert result == "no-such-client"
    assert world.has_key(leo)
    assert not world.has_key(leon)
    with world.unlocked() as context:
        assert [one.title for one in load_timeline(context, leo).items] == ["Leon"]


@pytest.mark.slow
def test_merges_in_both_directions_never_deadlock(
    world: CrmServiceWorld, changes: PausedChanges
) -> None:
    for _ in range(4):
        leo, leon = world.create_client("Leo").id, world.create_client("Leon").id
        barrier = Barrier(2, timeout=PATIENCE)

        def run_at_barrier(change_until_commit: PausedChange, barrier: Barrier = barrier) -> str:
            barrier.wait()
            return outcome(run_fully(change_until_commit))

        with ThreadPoolExecutor(2) as pool:
            outcomes = pool.map(
                run_at_barrier, [changes.merge(leo, leon), changes.merge(leon, leo)]
            )
        assert sorted(outcomes) == ["done", "no-such-client"]


def test_clients_of_same_import_row_are_listed_as_duplicates(world: CrmServiceWorld) -> None:
    def import_row() -> None:
        with world.unlocked() as context:
            world.add_client(context, "Leo", import_key="row 1")

    import_row()
    import_row()
    with world.unlocked() as context:
        [group] = find_duplicate_clients(context, None, 10).items
    assert (group.shared_by, group.count) == (["import"], 2)


def test_merge_of_clients_with_different_generations_succeeds(
    world: CrmServiceWorld, changes: PausedChanges
) -> None:
    leo = world.create_client("Leo").id
    run_fully(changes.visit(leo))()
    world.keyring.rotate(world.provider_id)
    leon = world.create_client("Leon").id
    run_fully(changes.visit(leon))()
    run_fully(changes.merge(leo, leon))()
    assert visit_clients(world) == [leo, leo]


def test_merge_recomputes_area_token_of_subscription(
    world: CrmServiceWorld, changes: PausedChanges, database: Database
) -> None:
    leon = world.create_client("Leon").id
    with world.unlocked() as context:
        subscription = SubscriptionInput(
            area="Hamburg", channel=NotificationChannel.EMAIL, consented_at=LATER
        )
        SubscriptionService(context).add(leon, subscription)
    world.keyring.rotate(world.provider_id)
    leo = world.create_client("Leo").id
    run_fully(changes.merge(leo, leon))()
    with world.unlocked() as context, database.transaction() as work:
        row = work.execute("SELECT area_token FROM crm.area_subscriptions").fetchone()
        assert row is not None
        assert bytes(row["area_token"]) == context.vault.blind_index("area", "hamburg")


def test_audit_log_append_does_not_block_other_reads(world: CrmServiceWorld) -> None:
    leo = world.create_client("Leo").id
    with world.unlocked() as context, ThreadPoolExecutor(1) as pool:
        world.audit_log(context).append(AuditAction.EXPORTED)
        assert pool.submit(outcome, lambda: world.has_key(leo)).result(PATIENCE) == "done"
