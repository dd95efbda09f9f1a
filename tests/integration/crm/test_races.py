"""Two at once over the same people: one wins, nothing is orphaned, nothing is left that no key opens."""

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
from crm.repository.encrypted_records import RecordFilter
from crm.repository.record_types import COMMUNICATIONS, VISITS
from crm.service.duplicates import find_duplicate_clients
from crm.service.erasure import ClientErasure
from crm.service.key_deletion import KeyDeletion
from crm.service.legal_holds import LegalHoldService
from crm.service.merging import MergeService
from crm.service.records import RecordService
from crm.service.subscriptions import NewSubscription, SubscriptionService
from crm.service.timeline import load_timeline
from crm.vault import Keyring
from kit.db import Database
from kit.ids import new_id
from tests.factories.crm_service import CrmServiceWorld, outcome, run_while_waiting
from tests.factories.waiting import PATIENCE

type Act = Callable[[], Iterator[None]]
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


class Acts:
    """What two may do at once; each stops before its commit."""

    def __init__(self, world: CrmServiceWorld) -> None:
        self._study = world

    def visit(self, client_id: UUID) -> Act:
        """Write down a visit."""

        def act() -> Iterator[None]:
            with self._study.unlocked() as desk:
                RecordService(desk, VISITS).add(client_id, VISIT)
                yield

        return act

    def forget(self, client_id: UUID) -> Act:
        """Forget somebody."""

        def act() -> Iterator[None]:
            with self._study.unlocked() as desk:
                shredding = KeyDeletion(desk.work, self._study.audit_log(desk), self._study.keyring)
                ClientErasure(desk, shredding).erase(client_id)
                yield

        return act

    def merge(self, client_id: UUID, absorbed_id: UUID) -> Act:
        """Let one client go into another."""

        def act() -> Iterator[None]:
            with self._study.unlocked() as desk:
                shredding = KeyDeletion(desk.work, self._study.audit_log(desk), self._study.keyring)
                MergeService(desk, shredding).merge(client_id, 1, absorbed_id)
                yield

        return act

    def hold(self, client_id: UUID) -> Act:
        """Put somebody under a legal hold."""

        def act() -> Iterator[None]:
            with self._study.unlocked() as desk:
                LegalHoldService(desk, self._study.audit_log(desk)).place(client_id, "Letter")
                yield

        return act

    def change(self, record_id: UUID) -> Act:
        """Change what was written down about a call."""

        def act() -> Iterator[None]:
            with self._study.unlocked() as desk:
                RecordService(desk, COMMUNICATIONS).update(record_id, 1, CALL)
                yield

        return act


def whole(act: Act) -> Callable[[], None]:
    """Return an act that is done without a stop."""

    def done() -> None:
        for _ in act():
            pass

    return done


@pytest.fixture
def world(cloud: dict[str, str], database_as: Callable[[str], Database]) -> CrmServiceWorld:
    keyring = Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"])
    return CrmServiceWorld(lambda: database_as("crm_web"), keyring, new_id())


@pytest.fixture
def acts(world: CrmServiceWorld) -> Acts:
    return Acts(world)


def kept_visits(world: CrmServiceWorld) -> list[UUID]:
    """Return whose visits there are; each is opened."""
    with world.unlocked() as desk:
        found = RecordService(desk, VISITS).list(RecordFilter()).items
    assert all(one.payload.notes == "Tea" for one in found)
    return [one.client_id for one in found]


def orphans(owner: Database) -> int:
    with owner.transaction() as work:
        return work.execute(
            "SELECT FROM crm.visits v WHERE NOT EXISTS (SELECT FROM crm.clients WHERE id = v.client_id)"
        ).rowcount


def test_who_is_forgotten_takes_the_visit_that_was_being_added(
    world: CrmServiceWorld, acts: Acts, database: Database
) -> None:
    leo = world.create_client().id
    assert run_while_waiting(database, acts.visit(leo)(), whole(acts.forget(leo))) == "done"
    assert (kept_visits(world), orphans(database), world.has_key(leo)) == ([], 0, False)


def test_no_visit_is_added_to_who_is_being_forgotten(
    world: CrmServiceWorld, acts: Acts, database: Database
) -> None:
    leo = world.create_client().id
    assert (
        run_while_waiting(database, acts.forget(leo)(), whole(acts.visit(leo))) == "no-such-client"
    )
    assert (kept_visits(world), orphans(database), world.has_key(leo)) == ([], 0, False)


def test_nobody_is_forgotten_twice(world: CrmServiceWorld, acts: Acts, database: Database) -> None:
    leo = world.create_client().id
    assert (
        run_while_waiting(database, acts.forget(leo)(), whole(acts.forget(leo))) == "no-such-client"
    )


def test_a_hold_and_forgetting_wait_for_each_other(
    world: CrmServiceWorld, acts: Acts, database: Database
) -> None:
    leo, ada = world.create_client("Leo").id, world.create_client("Ada").id
    assert run_while_waiting(database, acts.hold(leo)(), whole(acts.forget(leo))) == "legal-hold"
    assert world.has_key(leo)
    assert (
        run_while_waiting(database, acts.forget(ada)(), whole(acts.hold(ada))) == "no-such-client"
    )


def test_a_visit_of_who_is_being_merged_comes_along(
    world: CrmServiceWorld, acts: Acts, database: Database
) -> None:
    leo, leon = world.create_client("Leo").id, world.create_client("Leon").id
    assert run_while_waiting(database, acts.visit(leon)(), whole(acts.merge(leo, leon))) == "done"
    assert (kept_visits(world), orphans(database), world.has_key(leon)) == ([leo], 0, False)


def test_no_visit_is_added_to_who_has_been_merged(
    world: CrmServiceWorld, acts: Acts, database: Database
) -> None:
    leo, leon = world.create_client("Leo").id, world.create_client("Leon").id
    merge = acts.merge(leo, leon)
    assert run_while_waiting(database, merge(), whole(acts.visit(leon))) == "no-such-client"
    assert (kept_visits(world), orphans(database)) == ([], 0)


def test_what_is_changed_during_a_merge_stays_readable(
    world: CrmServiceWorld, acts: Acts, database: Database
) -> None:
    leo, leon = world.create_client("Leo").id, world.create_client("Leon").id
    with world.unlocked() as desk:
        call = RecordService(desk, COMMUNICATIONS).add(leon, CALL).id
    merge = acts.merge(leo, leon)
    assert run_while_waiting(database, merge(), whole(acts.change(call))) == "no-such-client"
    with world.unlocked() as desk:
        kept = RecordService(desk, COMMUNICATIONS).get(call)
    assert (kept.client_id, kept.payload.text) == (leo, "Hello")


@pytest.mark.parametrize("second", ["the other way round", "into a third one", "the same"])
def test_of_two_merges_one_wins(
    world: CrmServiceWorld, acts: Acts, database: Database, second: str
) -> None:
    leo, leon, third = (world.create_client(name).id for name in ("Leo", "Leon", "Third"))
    other = {
        "the other way round": acts.merge(leon, leo),
        "into a third one": acts.merge(third, leon),
        "the same": acts.merge(leo, leon),
    }[second]
    lost = run_while_waiting(database, acts.merge(leo, leon)(), whole(other))
    # The same once more finds the one who stays changed, or the other one gone.
    assert lost == "no-such-client"
    assert world.has_key(leo)
    assert not world.has_key(leon)
    with world.unlocked() as desk:
        assert [one.title for one in load_timeline(desk, leo).items] == ["Leon"]


@pytest.mark.slow
def test_merges_both_ways_at_once_never_block_each_other(
    world: CrmServiceWorld, acts: Acts
) -> None:
    for _ in range(4):
        leo, leon = world.create_client("Leo").id, world.create_client("Leon").id
        barrier = Barrier(2, timeout=PATIENCE)

        def at_once(act: Act, barrier: Barrier = barrier) -> str:
            barrier.wait()
            return outcome(whole(act))

        with ThreadPoolExecutor(2) as pool:
            came = pool.map(at_once, [acts.merge(leo, leon), acts.merge(leon, leo)])
        assert sorted(came) == ["done", "no-such-client"]


def test_a_row_of_two_imports_at_once_is_shown_as_one_person(world: CrmServiceWorld) -> None:
    def importing() -> None:
        with world.unlocked() as desk:
            world.add_client(desk, "Leo", import_key="row 1")

    importing()
    importing()
    with world.unlocked() as desk:
        [group] = find_duplicate_clients(desk, None, 10).items
    assert (group.shared_by, group.count) == (["import"], 2)


def test_who_has_other_keys_meanwhile_is_merged_all_the_same(
    world: CrmServiceWorld, acts: Acts
) -> None:
    leo = world.create_client("Leo").id
    whole(acts.visit(leo))()
    world.keyring.rotate(world.provider_id)
    leon = world.create_client("Leon").id
    whole(acts.visit(leon))()
    whole(acts.merge(leo, leon))()
    assert kept_visits(world) == [leo, leo]


def test_what_is_found_by_its_area_is_found_under_the_keys_of_who_stays(
    world: CrmServiceWorld, acts: Acts, database: Database
) -> None:
    leon = world.create_client("Leon").id
    with world.unlocked() as desk:
        wish = NewSubscription(
            area="Hamburg", channel=NotificationChannel.EMAIL, consented_at=LATER
        )
        SubscriptionService(desk).add(leon, wish)
    world.keyring.rotate(world.provider_id)
    leo = world.create_client("Leo").id
    whole(acts.merge(leo, leon))()
    with world.unlocked() as desk, database.transaction() as work:
        row = work.execute("SELECT area_token FROM crm.area_subscriptions").fetchone()
        assert row is not None
        assert bytes(row["area_token"]) == desk.vault.blind_index("area", "hamburg")


def test_nobody_waits_for_what_is_written_to_the_trail(world: CrmServiceWorld) -> None:
    leo = world.create_client("Leo").id
    with world.unlocked() as desk, ThreadPoolExecutor(1) as pool:
        world.audit_log(desk).append(AuditAction.EXPORTED)
        assert pool.submit(outcome, lambda: world.has_key(leo)).result(PATIENCE) == "done"
