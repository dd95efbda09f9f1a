"""Sessions against the emulator's DynamoDB: how they end, and that nothing brings them back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from kit import aws
from kit.auth import LIFETIMES, Audience, Session, SessionStore
from kit.errors import Unauthenticated, Unavailable
from kit.ids import new_id
from local.services.emulator import Emulator
from tests.factories.waiting import PATIENCE


class Clock:
    """A clock that is moved by hand; every look at it takes a millisecond."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(cloud: dict[str, str], clock: Clock) -> SessionStore:
    return SessionStore(cloud["SESSIONS_TABLE"], clock)


@pytest.fixture
def anna() -> UUID:
    return new_id()


def start(
    store: SessionStore, user: UUID, audience: Audience = Audience.SITE
) -> tuple[Session, str]:
    return store.create(
        user_id=user, role="client", audience=audience, device="tests", network="203.0.113.7"
    )


def refused(store: SessionStore, credential: str) -> bool:
    try:
        store.rotate(credential)
    except Unauthenticated:
        return True
    return False


def test_a_session_is_found_by_its_credential_and_by_its_id(
    store: SessionStore, anna: UUID
) -> None:
    session, credential = start(store, anna)

    assert store.by_credential(credential) == session
    assert store.get(session.id, anna) == session
    assert store.list(anna) == [session]


def test_only_a_hash_of_the_secret_is_kept(
    store: SessionStore, anna: UUID, emulator: Emulator, cloud: dict[str, str]
) -> None:
    _, credential = start(store, anna)

    kept = str(emulator.client("dynamodb").scan(TableName=cloud["SESSIONS_TABLE"])["Items"])

    assert credential.partition(".")[2] not in kept


def test_somebody_else_has_no_part_in_it(store: SessionStore, anna: UUID) -> None:
    session, credential = start(store, anna)
    stranger = new_id()

    assert store.get(session.id, stranger) is None
    assert store.list(stranger) == []
    assert not store.revoke(session.id, stranger)
    store.revoke_all(stranger)
    assert store.by_credential(credential) == session


JUNK = ["", ".", "a.b", "user#1", "spent#1#2", "x" * 5000, "é", "\x00", "0" * 31, "G" * 32]


@pytest.mark.parametrize("junk", JUNK)
def test_junk_is_nobody_and_not_an_outage(store: SessionStore, anna: UUID, junk: str) -> None:
    session, _ = start(store, anna)

    assert store.by_credential(junk) is None
    assert store.by_credential(f"{junk}.secret") is None
    assert store.by_credential(f"{session.id}.{junk}") is None
    assert store.get(junk, anna) is None
    assert not store.revoke(junk, anna)
    assert refused(store, junk)
    assert refused(store, f"{session.id}.{junk}")
    assert store.get(session.id, anna) is not None


def test_the_marker_of_a_person_is_no_session(store: SessionStore, anna: UUID) -> None:
    start(store, anna)
    store.revoke_all(anna)

    assert store.get(f"user#{anna}", anna) is None
    assert store.by_credential(f"user#{anna}.x") is None
    assert store.list(anna) == []


def test_a_refresh_token_is_traded_for_the_next(store: SessionStore, anna: UUID) -> None:
    session, first = start(store, anna)

    renewed, second = store.rotate(first)
    third = store.rotate(second)[1]

    assert renewed.id == session.id
    assert len({first, second, third}) == 3
    assert store.by_credential(first) is None
    assert store.by_credential(second) is None
    assert store.by_credential(third) is not None


@pytest.mark.parametrize("later", [0, 1, 5])
def test_a_spent_token_ends_its_family(store: SessionStore, anna: UUID, later: int) -> None:
    session, spent = start(store, anna)
    current = store.rotate(spent)[1]
    for _ in range(later):
        current = store.rotate(current)[1]

    assert refused(store, spent)
    assert refused(store, current)
    assert store.get(session.id, anna) is None


def test_a_wrong_token_ends_nothing(store: SessionStore, anna: UUID) -> None:
    session, credential = start(store, anna)

    assert refused(store, f"{session.id}.guessed")
    assert store.rotate(credential)


def test_a_familys_end_spares_the_others(store: SessionStore, anna: UUID) -> None:
    _, spent = start(store, anna)
    _, other = start(store, anna)
    store.rotate(spent)
    assert refused(store, spent)

    assert store.by_credential(other) is not None


@pytest.mark.parametrize("round_", range(3))
def test_two_rotations_at_once_have_at_most_one_winner(
    store: SessionStore, anna: UUID, round_: int
) -> None:
    session, credential = start(store, anna)
    ready = threading.Barrier(6, timeout=PATIENCE)

    def rotate() -> str | None:
        ready.wait()
        try:
            return store.rotate(credential)[1]
        except (Unauthenticated, Unavailable):
            return None

    with ThreadPoolExecutor(6) as pool:
        won = [one for one in pool.map(lambda _: rotate(), range(6)) if one]

    assert len(won) <= 1
    assert store.by_credential(credential) is None
    # Whoever came second showed a spent token: the family has ended, the winner's part too.
    assert store.get(session.id, anna) is None


def test_a_session_ends_by_being_revoked(store: SessionStore, anna: UUID) -> None:
    session, credential = start(store, anna)

    assert store.revoke(session.id, anna)
    assert not store.revoke(session.id, anna)
    assert store.by_credential(credential) is None
    assert store.get(session.id, anna) is None
    assert store.list(anna) == []
    assert refused(store, credential)


def test_a_revoked_session_does_not_come_back_by_being_touched(
    store: SessionStore, anna: UUID
) -> None:
    session, _ = start(store, anna)
    store.revoke(session.id, anna)

    store._touch(session, session.created_at)

    assert store.get(session.id, anna) is None


def test_all_end_but_the_one_that_is_kept(store: SessionStore, anna: UUID) -> None:
    kept, mine = start(store, anna)
    _, other = start(store, anna)
    _, staff = start(store, anna, Audience.ADMIN)

    store.revoke_all(anna, except_session_id=kept.id)

    assert store.list(anna) == [kept]
    assert store.by_credential(mine) == kept
    assert [store.by_credential(one) for one in (other, staff)] == [None, None]
    assert refused(store, other)
    store.revoke_all(anna)
    assert store.list(anna) == []


def test_a_session_that_starts_afterwards_is_live(store: SessionStore, anna: UUID) -> None:
    start(store, anna)
    store.revoke_all(anna)
    later, credential = start(store, anna)

    assert store.by_credential(credential) == later
    assert store.list(anna) == [later]


def test_an_ended_session_cannot_save_itself_by_ending_the_others(
    store: SessionStore, anna: UUID
) -> None:
    """The request of a stolen session that was under way when its owner ended it."""
    stolen, thiefs = start(store, anna)
    mine, credential = start(store, anna)
    store.revoke_all(anna, except_session_id=mine.id)

    with pytest.raises(Unauthenticated):
        store.revoke_all(anna, except_session_id=stolen.id)

    assert store.by_credential(thiefs) is None
    assert store.by_credential(credential) == mine


def test_a_session_under_way_does_not_survive_the_end_of_all(
    store: SessionStore, anna: UUID, clock: Clock
) -> None:
    """Begun before, written after."""
    early = SessionStore(store._table, lambda: clock.moment - timedelta(seconds=1))
    store.revoke_all(anna)
    _, credential = start(early, anna)

    assert store.by_credential(credential) is None


def test_many_starts_and_one_end_at_once_leave_nothing_older_alive(
    store: SessionStore, anna: UUID
) -> None:
    ready = threading.Barrier(5, timeout=PATIENCE)

    def begin() -> tuple[Session, str]:
        ready.wait()
        return start(store, anna)

    def end() -> None:
        ready.wait()
        store.revoke_all(anna)

    with ThreadPoolExecutor(5) as pool:
        starts = [pool.submit(begin) for _ in range(4)]
        pool.submit(end).result()
        made = [one.result() for one in starts]

    live = {session.id for session in store.list(anna)}
    store.revoke_all(anna)
    assert live <= {session.id for session, _ in made}
    assert store.list(anna) == []


@pytest.mark.parametrize("audience", list(Audience))
def test_an_untouched_session_ends(store: SessionStore, clock: Clock, audience: Audience) -> None:
    user = new_id()
    session, credential = start(store, user, audience)
    began = session.created_at

    clock.moment = began + LIFETIMES[audience].idle - timedelta(seconds=1)
    assert store.list(user)
    clock.moment = began + LIFETIMES[audience].idle
    assert store.by_credential(credential) is None
    assert store.get(session.id, user) is None
    assert store.list(user) == []
    assert refused(store, credential)


@pytest.mark.parametrize("audience", list(Audience))
def test_a_session_in_use_ends_too_at_last(
    store: SessionStore, clock: Clock, audience: Audience
) -> None:
    user = new_id()
    session, credential = start(store, user, audience)
    step = LIFETIMES[audience].idle * 0.9
    while clock.moment + step < session.expires_at:
        clock.moment += step
        found = store.by_credential(credential)
        assert found is not None

    clock.moment = session.expires_at
    assert store.by_credential(credential) is None


def test_use_is_noted_now_and_then(store: SessionStore, clock: Clock, anna: UUID) -> None:
    session, credential = start(store, anna)

    clock.moment += timedelta(minutes=4)
    store.by_credential(credential)
    assert store.list(anna)[0].last_seen_at == session.last_seen_at
    clock.moment += timedelta(minutes=2)
    store.by_credential(credential)
    assert store.list(anna)[0].last_seen_at > session.last_seen_at


def test_use_of_a_private_room_is_noted_by_the_minute(
    store: SessionStore, clock: Clock, anna: UUID
) -> None:
    """Or an idle limit of a quarter of an hour would be ten minutes for some."""
    _, credential = start(store, anna, Audience.CRM)
    clock.moment += timedelta(minutes=2)
    assert store.by_credential(credential) is not None
    clock.moment += timedelta(minutes=14)

    assert store.by_credential(credential) is not None


def test_a_session_that_moved_has_ended_and_says_why(store: SessionStore, anna: UUID) -> None:
    session, credential = start(store, anna, Audience.CRM)
    other, _ = start(store, anna, Audience.CRM)

    store.update_network(session, "198.51.100.7")
    store.update_network(session, "192.0.2.7")

    with pytest.raises(Unauthenticated, match="network changed"):
        store.by_credential(credential)
    with pytest.raises(Unauthenticated, match="network changed"):
        store.get(session.id, anna)
    assert store.list(anna) == [other]
    assert refused(store, credential)
    item = aws.client("dynamodb").get_item(
        TableName=store._table, Key={"session_id": {"S": session.id}}
    )["Item"]
    assert item["moved_to"]["S"] == "198.51.100.7"


def test_one_that_may_roam_lives_on_where_it_is(store: SessionStore, anna: UUID) -> None:
    session, credential = store.create(
        user_id=anna,
        role="escort",
        audience=Audience.CRM,
        device="tests",
        network="203.0.113.7",
        roams=True,
    )

    store.update_network(session, "198.51.100.7")

    found = store.by_credential(credential)
    assert found is not None
    assert (found.network, found.roams, found.moved_to) == ("198.51.100.7", True, "")


def test_a_session_that_is_gone_does_not_come_back_by_moving(
    store: SessionStore, anna: UUID
) -> None:
    session, credential = start(store, anna, Audience.CRM)
    store.revoke(session.id, anna)

    store.update_network(session, "198.51.100.7")

    assert store.by_credential(credential) is None


def test_a_room_ends_its_own_sessions_alone(store: SessionStore, anna: UUID) -> None:
    site, _ = start(store, anna)
    private, _ = start(store, anna, Audience.CRM)

    assert not store.revoke(site.id, anna, Audience.CRM)
    assert not store.revoke(private.id, new_id(), Audience.CRM)
    assert store.revoke(private.id, anna, Audience.CRM)
    assert store.list(anna) == [site]


def test_the_latest_comes_first(store: SessionStore, anna: UUID) -> None:
    made = [start(store, anna)[0].id for _ in range(3)]

    assert [session.id for session in store.list(anna)] == made[::-1]


@pytest.mark.slow
def test_out_of_reach_is_unavailable_not_signed_out(
    store: SessionStore, anna: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, credential = start(store, anna)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    aws.reset_clients()

    for call in (
        lambda: store.by_credential(credential),
        lambda: store.get(session.id, anna),
        lambda: store.rotate(credential),
        lambda: store.revoke(session.id, anna),
        lambda: store.revoke_all(anna),
        lambda: store.list(anna),
        lambda: start(store, anna),
    ):
        with pytest.raises(Unavailable) as away:
            call()
        assert away.value.retry_after == 5
