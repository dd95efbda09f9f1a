"""Booking sync: each event once, in any order, also while the workspace is locked."""

from collections.abc import Callable
from typing import Any

import pytest

from crm import settings
from crm.service.booking_sync import drain
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import Keyring, OpenVault
from kit import clock
from kit.db import Database, UnitOfWork
from kit.errors import Unavailable
from kit.events import Event
from kit.ids import new_id
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_events import AMOUNT, DEPOSIT, BookingFixture, deliver_events
from tests.fixtures.functions import FunctionClient

type Deliver = Callable[..., None]


@pytest.fixture
def deliver(functions: Callable[..., FunctionClient]) -> Deliver:
    """Return a function that delivers events to the consumer."""
    consumer = functions("CrmConsumer")

    def deliver_to_consumer(*happened: Event) -> None:
        deliver_events(consumer, *happened)

    return deliver_to_consumer


@pytest.fixture
def booking(provider: CrmUser) -> BookingFixture:
    """Return a booking of a provider with an empty workspace."""
    assert provider.get("/clients").json["items"] == []
    return BookingFixture(provider_id=provider.user_id)


def visits(user: CrmUser) -> list[dict[str, Any]]:
    """Return the visits of the provider's workspace."""
    found: list[dict[str, Any]] = user.get("/visits").json["items"]
    return found


def inbox(database: Database) -> list[dict[str, Any]]:
    """Return the inbox rows."""
    with database.transaction() as work:
        return work.execute("SELECT * FROM crm.inbox ORDER BY received_at, id").fetchall()


def test_booking_sync_confirmed_booking_creates_visit_and_client(
    provider: CrmUser, booking: BookingFixture, deliver: Deliver, database: Database
) -> None:
    booking.store_row(database)
    deliver(booking.confirmed())
    (row,) = inbox(database)
    for private_id in (booking.id, booking.client_id):
        assert private_id.bytes not in row["sealed"]
        assert str(private_id).encode() not in row["sealed"]

    (visit,) = visits(provider)
    assert inbox(database) == []
    assert (visit["bookingId"], visit["status"]) == (str(booking.id), "planned")
    assert (visit["rateMinor"], visit["currency"]) == (AMOUNT, "EUR")
    assert (visit["paymentStatus"], visit["receivedMinor"]) == ("partial", DEPOSIT)
    assert (visit["timeZone"], visit["type"]) == ("Asia/Tokyo", "outcall")
    assert (visit["durationMinutes"], visit["wouldSeeAgain"]) == (120, None)
    (client,) = provider.get("/clients").json["items"]
    assert (client["id"], client["source"]) == (visit["clientId"], "booking")
    assert client["name"].startswith("Client of ")
    assert client["screeningStatus"] == "pending"


def test_booking_sync_same_account_is_one_client(
    provider: CrmUser, booking: BookingFixture, deliver: Deliver
) -> None:
    second = BookingFixture(provider_id=provider.user_id, client_id=booking.client_id)
    deliver(booking.confirmed())
    assert len(visits(provider)) == 1
    (client,) = provider.get("/clients").json["items"]
    body = {"name": "Leo Brandt", "version": client["version"]}
    assert provider.put(f"/clients/{client['id']}", body).status == 200
    deliver(second.confirmed())

    assert [one["clientName"] for one in visits(provider)] == ["Leo Brandt"] * 2


def test_booking_sync_repeated_event_counts_once(
    provider: CrmUser, booking: BookingFixture, deliver: Deliver, database: Database
) -> None:
    event = booking.confirmed()
    deliver(event, event)
    deliver(event)
    assert len(inbox(database)) == 1
    assert len(visits(provider)) == 1
    # Killed after the commit, before the message was acknowledged: it is delivered again.
    deliver(event)
    assert inbox(database) == []
    assert len(visits(provider)) == 1


ENDINGS: dict[str, tuple[Callable[[BookingFixture], Event], str, str, int]] = {
    "completed": (lambda one: one.completed(), "completed", "partial", DEPOSIT),
    "paid": (lambda one: one.completed(AMOUNT), "completed", "paid", AMOUNT),
    "no-show": (lambda one: one.no_show(), "no_show", "partial", DEPOSIT),
    "cancelled": (lambda one: one.cancelled(), "cancelled", "cancelled", 0),
    "late": (lambda one: one.cancelled(DEPOSIT, refund=0), "cancelled", "paid", DEPOSIT),
    "moved": (lambda one: one.rescheduled(new_id()), "cancelled", "cancelled", 0),
}


@pytest.mark.parametrize("opened", [False, True], ids=["at-once", "one-by-one"])
@pytest.mark.parametrize("reverse", [False, True], ids=["in-order", "reversed"])
def test_booking_sync_events_in_any_order_give_the_same_visit(
    provider: CrmUser, booking: BookingFixture, deliver: Deliver, *, reverse: bool, opened: bool
) -> None:
    lives = {
        ending: BookingFixture(provider_id=provider.user_id, client_id=booking.client_id)
        for ending in ENDINGS
    }
    started = [life.confirmed() for life in lives.values()]
    ended = [ENDINGS[ending][0](life) for ending, life in lives.items()]
    for events in (ended, started) if reverse else (started, ended):
        deliver(*events)
        if opened:
            visits(provider)

    found = {one["bookingId"]: one for one in visits(provider)}
    assert len(found) == len(ENDINGS)
    for ending, life in lives.items():
        visit = found[str(life.id)]
        money = (visit["status"], visit["paymentStatus"], visit["receivedMinor"])
        assert money == ENDINGS[ending][1:], ending
        assert visit["rateMinor"] == AMOUNT
    assert len({one["clientId"] for one in found.values()}) == 1


def test_booking_sync_unconfirmed_request_creates_nothing(
    provider: CrmUser, booking: BookingFixture, deliver: Deliver, database: Database
) -> None:
    booking.store_row(database, confirmed=False)
    deliver(booking.cancelled(refund=0))
    assert visits(provider) == []
    assert provider.get("/clients").json["items"] == []
    assert inbox(database) == []


def test_booking_sync_keeps_the_providers_own_changes(
    provider: CrmUser, booking: BookingFixture, deliver: Deliver
) -> None:
    deliver(booking.confirmed())
    (visit,) = visits(provider)
    path = f"/visits/{visit['id']}"
    assert (
        provider.put(f"{path}/payment", {"paymentMethod": "cash"}).json["receivedMinor"] == AMOUNT
    )
    deliver(booking.completed())

    (after,) = visits(provider)
    assert (after["status"], after["paymentStatus"]) == ("completed", "paid")
    assert (after["receivedMinor"], after["paymentMethod"]) == (AMOUNT, "cash")


def test_booking_sync_without_workspace_stores_nothing(
    crm_factory: CrmFactory, booking: BookingFixture, deliver: Deliver, database: Database
) -> None:
    stranger = crm_factory.create_user("nora-lind")
    deliver(BookingFixture(provider_id=stranger.user_id).confirmed())
    with database.transaction() as work:
        # A row without keys, as of a workspace just created.
        work.execute(
            "INSERT INTO crm.workspaces (provider_id, created_at, updated_at) VALUES (%s, now(), now())",
            (stranger.user_id,),
        )
    deliver(BookingFixture(provider_id=stranger.user_id).confirmed())
    assert inbox(database) == []
    deliver(booking.confirmed())
    assert len(inbox(database)) == 1


def test_booking_sync_locked_workspace_leaves_messages_pending(
    provider: CrmUser, booking: BookingFixture, deliver: Deliver, crm_factory: CrmFactory
) -> None:
    provider.enable_encryption()
    later = crm_factory.new_session(provider)
    deliver(booking.confirmed(), booking.completed(AMOUNT))
    assert later.get("/visits").problem["code"] == "vault-locked"
    assert later.get("/inbox").json == {"waiting": 2, "failed": 0}

    later.unlock()
    (visit,) = visits(later)
    assert (visit["status"], visit["receivedMinor"]) == ("completed", AMOUNT)
    assert later.get("/inbox").json == {"waiting": 0, "failed": 0}


def test_booking_sync_failed_request_does_not_undo_drain(
    provider: CrmUser, booking: BookingFixture, deliver: Deliver, database: Database
) -> None:
    deliver(booking.confirmed())
    assert provider.get(f"/clients/{new_id()}").status == 404
    assert inbox(database) == []
    assert len(visits(provider)) == 1


def unlocked_context(work: UnitOfWork, user: CrmUser) -> UnlockedContext:
    """Return the unlocked context of a workspace, as a request has it."""
    set_tenant(work, user.user_id)
    keyring = Keyring(settings.keys_table(), settings.key_arn())
    return UnlockedContext(work, keyring.open(user.user_id), clock.now)


def test_booking_sync_concurrent_drains_apply_once(
    provider: CrmUser,
    booking: BookingFixture,
    deliver: Deliver,
    database_as: Callable[[str], Database],
) -> None:
    deliver(booking.confirmed(), booking.completed())
    one, other = database_as("crm_web").begin(), database_as("crm_web").begin()
    try:
        assert drain(unlocked_context(one, provider), limit=1) == 1
        assert drain(unlocked_context(other, provider)) == 0
        one.commit()
        assert drain(unlocked_context(other, provider)) == 1
        other.commit()
    finally:
        one.rollback()
        other.rollback()
    (visit,) = visits(provider)
    assert visit["status"] == "completed"
    assert len(provider.get("/clients").json["items"]) == 1


def test_booking_sync_after_crash_starts_again(
    provider: CrmUser,
    booking: BookingFixture,
    deliver: Deliver,
    database_as: Callable[[str], Database],
) -> None:
    deliver(booking.confirmed())
    killed = database_as("crm_web").begin()
    assert drain(unlocked_context(killed, provider)) == 1
    killed.rollback()

    assert provider.get("/inbox").json["waiting"] == 1
    assert len(visits(provider)) == 1


def test_booking_sync_key_table_outage_writes_nothing(
    provider: CrmUser,
    booking: BookingFixture,
    deliver: Deliver,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deliver(booking.confirmed())

    def fail_like_an_outage(*_: object) -> None:
        raise Unavailable("keys-unavailable", "Your keys are out of reach.", retry_after=5)

    with monkeypatch.context() as broken:
        broken.setattr(OpenVault, "new_clients", fail_like_an_outage)
        assert provider.get("/visits").problem["code"] == "keys-unavailable"
    (row,) = inbox(database)
    assert row["attempts"] == 0
    assert len(visits(provider)) == 1


@pytest.mark.slow
def test_booking_sync_undecryptable_message_is_skipped_after_attempts(
    provider: CrmUser, booking: BookingFixture, deliver: Deliver, database: Database
) -> None:
    deliver(booking.confirmed())
    with database.transaction() as work:
        # Copied to another id: the ciphertext is bound to its own id.
        work.execute("UPDATE crm.inbox SET id = %s", (new_id(),))
    good = BookingFixture(provider_id=provider.user_id)
    deliver(good.confirmed())
    for _ in range(4):
        assert [one["bookingId"] for one in visits(provider)] == [str(good.id)]
    assert provider.get("/inbox").json == {"waiting": 1, "failed": 0}
    visits(provider)
    assert provider.get("/inbox").json == {"waiting": 0, "failed": 1}
    visits(provider)
    assert inbox(database)[0]["attempts"] == 5

    assert provider.post("/inbox/retry").json == {"waiting": 1, "failed": 0}
    for _ in range(5):
        visits(provider)
    assert provider.delete("/inbox/failed").json == {"waiting": 0, "failed": 0}
    assert inbox(database) == []
