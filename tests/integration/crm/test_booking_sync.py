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
from tests.factories.crm import Books, Keeper
from tests.factories.crm_events import AMOUNT, DEPOSIT, Booking, tell
from tests.fixtures.functions import FunctionClient

type Tell = Callable[..., None]


@pytest.fixture
def hear(functions: Callable[..., FunctionClient]) -> Tell:
    """Return a function that delivers events to the consumer."""
    consumer = functions("CrmConsumer")

    def these(*happened: Event) -> None:
        tell(consumer, *happened)

    return these


@pytest.fixture
def booking(mira: Keeper) -> Booking:
    """Return a booking of a provider with an empty workspace."""
    assert mira.get("/clients").json["items"] == []
    return Booking(provider_id=mira.user_id)


def visits(keeper: Keeper) -> list[dict[str, Any]]:
    """Return the visits of the provider's workspace."""
    found: list[dict[str, Any]] = keeper.get("/visits").json["items"]
    return found


def inbox(database: Database) -> list[dict[str, Any]]:
    """Return the inbox rows."""
    with database.transaction() as work:
        return work.execute("SELECT * FROM crm.inbox ORDER BY received_at, id").fetchall()


def test_booking_sync_confirmed_booking_creates_visit_and_client(
    mira: Keeper, booking: Booking, hear: Tell, database: Database
) -> None:
    booking.keep_row(database)
    hear(booking.confirmed())
    (row,) = inbox(database)
    for told in (booking.id, booking.client_id):
        assert told.bytes not in row["sealed"]
        assert str(told).encode() not in row["sealed"]

    (visit,) = visits(mira)
    assert inbox(database) == []
    assert (visit["bookingId"], visit["status"]) == (str(booking.id), "planned")
    assert (visit["rateMinor"], visit["currency"]) == (AMOUNT, "EUR")
    assert (visit["paymentStatus"], visit["receivedMinor"]) == ("partial", DEPOSIT)
    assert (visit["timeZone"], visit["type"]) == ("Asia/Tokyo", "outcall")
    assert (visit["durationMinutes"], visit["wouldSeeAgain"]) == (120, None)
    (client,) = mira.get("/clients").json["items"]
    assert (client["id"], client["source"]) == (visit["clientId"], "booking")
    assert client["name"].startswith("Client of ")
    assert client["screeningStatus"] == "pending"


def test_booking_sync_same_account_is_one_client(
    mira: Keeper, booking: Booking, hear: Tell
) -> None:
    second = Booking(provider_id=mira.user_id, client_id=booking.client_id)
    hear(booking.confirmed())
    assert len(visits(mira)) == 1
    (client,) = mira.get("/clients").json["items"]
    body = {"name": "Leo Brandt", "version": client["version"]}
    assert mira.put(f"/clients/{client['id']}", body).status == 200
    hear(second.confirmed())

    assert [one["clientName"] for one in visits(mira)] == ["Leo Brandt"] * 2


def test_booking_sync_repeated_event_counts_once(
    mira: Keeper, booking: Booking, hear: Tell, database: Database
) -> None:
    event = booking.confirmed()
    hear(event, event)
    hear(event)
    assert len(inbox(database)) == 1
    assert len(visits(mira)) == 1
    # Killed after the commit, before the message was acknowledged: it is delivered again.
    hear(event)
    assert inbox(database) == []
    assert len(visits(mira)) == 1


ENDINGS: dict[str, tuple[Callable[[Booking], Event], str, str, int]] = {
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
    mira: Keeper, booking: Booking, hear: Tell, *, reverse: bool, opened: bool
) -> None:
    lives = {
        ending: Booking(provider_id=mira.user_id, client_id=booking.client_id) for ending in ENDINGS
    }
    begun = [life.confirmed() for life in lives.values()]
    ended = [ENDINGS[ending][0](life) for ending, life in lives.items()]
    for events in (ended, begun) if reverse else (begun, ended):
        hear(*events)
        if opened:
            visits(mira)

    found = {one["bookingId"]: one for one in visits(mira)}
    assert len(found) == len(ENDINGS)
    for ending, life in lives.items():
        visit = found[str(life.id)]
        money = (visit["status"], visit["paymentStatus"], visit["receivedMinor"])
        assert money == ENDINGS[ending][1:], ending
        assert visit["rateMinor"] == AMOUNT
    assert len({one["clientId"] for one in found.values()}) == 1


def test_booking_sync_unconfirmed_request_creates_nothing(
    mira: Keeper, booking: Booking, hear: Tell, database: Database
) -> None:
    booking.keep_row(database, confirmed=False)
    hear(booking.cancelled(refund=0))
    assert visits(mira) == []
    assert mira.get("/clients").json["items"] == []
    assert inbox(database) == []


def test_booking_sync_keeps_the_providers_own_changes(
    mira: Keeper, booking: Booking, hear: Tell
) -> None:
    hear(booking.confirmed())
    (visit,) = visits(mira)
    path = f"/visits/{visit['id']}"
    assert mira.put(f"{path}/payment", {"paymentMethod": "cash"}).json["receivedMinor"] == AMOUNT
    hear(booking.completed())

    (after,) = visits(mira)
    assert (after["status"], after["paymentStatus"]) == ("completed", "paid")
    assert (after["receivedMinor"], after["paymentMethod"]) == (AMOUNT, "cash")


def test_booking_sync_without_workspace_stores_nothing(
    books: Books, booking: Booking, hear: Tell, database: Database
) -> None:
    stranger = books.keeper("nora-lind")
    hear(Booking(provider_id=stranger.user_id).confirmed())
    with database.transaction() as work:
        # A row without keys, as of a workspace just created.
        work.execute(
            "INSERT INTO crm.workspaces (provider_id, created_at, updated_at) VALUES (%s, now(), now())",
            (stranger.user_id,),
        )
    hear(Booking(provider_id=stranger.user_id).confirmed())
    assert inbox(database) == []
    hear(booking.confirmed())
    assert len(inbox(database)) == 1


def test_booking_sync_locked_workspace_leaves_messages_pending(
    mira: Keeper, booking: Booking, hear: Tell, books: Books
) -> None:
    mira.enable()
    later = books.again(mira)
    hear(booking.confirmed(), booking.completed(AMOUNT))
    assert later.get("/visits").problem["code"] == "vault-locked"
    assert later.get("/inbox").json == {"waiting": 2, "failed": 0}

    later.unlock()
    (visit,) = visits(later)
    assert (visit["status"], visit["receivedMinor"]) == ("completed", AMOUNT)
    assert later.get("/inbox").json == {"waiting": 0, "failed": 0}


def test_booking_sync_failed_request_does_not_undo_drain(
    mira: Keeper, booking: Booking, hear: Tell, database: Database
) -> None:
    hear(booking.confirmed())
    assert mira.get(f"/clients/{new_id()}").status == 404
    assert inbox(database) == []
    assert len(visits(mira)) == 1


def unlocked_context(work: UnitOfWork, keeper: Keeper) -> UnlockedContext:
    """Return the unlocked context of a workspace, as a request has it."""
    set_tenant(work, keeper.user_id)
    keyring = Keyring(settings.keys_table(), settings.key_arn())
    return UnlockedContext(work, keyring.open(keeper.user_id), clock.now)


def test_booking_sync_concurrent_drains_apply_once(
    mira: Keeper, booking: Booking, hear: Tell, database_as: Callable[[str], Database]
) -> None:
    hear(booking.confirmed(), booking.completed())
    one, other = database_as("crm_web").begin(), database_as("crm_web").begin()
    try:
        assert drain(unlocked_context(one, mira), limit=1) == 1
        assert drain(unlocked_context(other, mira)) == 0
        one.commit()
        assert drain(unlocked_context(other, mira)) == 1
        other.commit()
    finally:
        one.rollback()
        other.rollback()
    (visit,) = visits(mira)
    assert visit["status"] == "completed"
    assert len(mira.get("/clients").json["items"]) == 1


def test_booking_sync_after_crash_starts_again(
    mira: Keeper, booking: Booking, hear: Tell, database_as: Callable[[str], Database]
) -> None:
    hear(booking.confirmed())
    killed = database_as("crm_web").begin()
    assert drain(unlocked_context(killed, mira)) == 1
    killed.rollback()

    assert mira.get("/inbox").json["waiting"] == 1
    assert len(visits(mira)) == 1


def test_booking_sync_key_table_outage_writes_nothing(
    mira: Keeper,
    booking: Booking,
    hear: Tell,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hear(booking.confirmed())

    def away(*_: object) -> None:
        raise Unavailable("keys-unavailable", "Your keys are out of reach.", retry_after=5)

    with monkeypatch.context() as broken:
        broken.setattr(OpenVault, "new_client", away)
        assert mira.get("/visits").problem["code"] == "keys-unavailable"
    (row,) = inbox(database)
    assert row["attempts"] == 0
    assert len(visits(mira)) == 1


@pytest.mark.slow
def test_booking_sync_undecryptable_message_is_skipped_after_attempts(
    mira: Keeper, booking: Booking, hear: Tell, database: Database
) -> None:
    hear(booking.confirmed())
    with database.transaction() as work:
        # Copied to another id: the ciphertext is bound to its own id.
        work.execute("UPDATE crm.inbox SET id = %s", (new_id(),))
    good = Booking(provider_id=mira.user_id)
    hear(good.confirmed())
    for _ in range(4):
        assert [one["bookingId"] for one in visits(mira)] == [str(good.id)]
    assert mira.get("/inbox").json == {"waiting": 1, "failed": 0}
    visits(mira)
    assert mira.get("/inbox").json == {"waiting": 0, "failed": 1}
    visits(mira)
    assert inbox(database)[0]["attempts"] == 5

    assert mira.post("/inbox/retry").json == {"waiting": 1, "failed": 0}
    for _ in range(5):
        visits(mira)
    assert mira.delete("/inbox/failed").json == {"waiting": 0, "failed": 0}
    assert inbox(database) == []
