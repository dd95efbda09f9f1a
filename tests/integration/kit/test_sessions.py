"""Session store on the emulator's DynamoDB: start, use, end and revocation of sessions."""

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


class ManualClock:
    """Clock that the test moves; every call advances it by a millisecond."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(cloud: dict[str, str], clock: ManualClock) -> SessionStore:
    return SessionStore(cloud["SESSIONS_TABLE"], clock)


@pytest.fixture
def user_id() -> UUID:
    return new_id()


def start_session(
    store: SessionStore, user: UUID, audience: Audience = Audience.SITE
) -> tuple[Session, str]:
    return store.create(
        user_id=user, role="client", audience=audience, device="tests", network="203.0.113.7"
    )


def is_rejected(store: SessionStore, credential: str) -> bool:
    try:
        store.rotate(credential)
    except Unauthenticated:
        return True
    return False


def test_session_store_finds_by_credential_and_by_id(store: SessionStore, user_id: UUID) -> None:
    session, credential = start_session(store, user_id)

    assert store.by_credential(credential) == session
    assert store.get(session.id, user_id) == session
    assert store.list(user_id) == [session]


def test_session_store_stores_only_a_hash_of_the_secret(
    store: SessionStore, user_id: UUID, emulator: Emulator, cloud: dict[str, str]
) -> None:
    _, credential = start_session(store, user_id)

    kept = str(emulator.client("dynamodb").scan(TableName=cloud["SESSIONS_TABLE"])["Items"])

    assert credential.partition(".")[2] not in kept


def test_session_store_other_user_has_no_access(store: SessionStore, user_id: UUID) -> None:
    session, credential = start_session(store, user_id)
    stranger = new_id()

    assert store.get(session.id, stranger) is None
    assert store.list(stranger) == []
    assert not store.revoke(session.id, stranger)
    store.revoke_all(stranger)
    assert store.by_credential(credential) == session


JUNK = ["", ".", "a.b", "user#1", "spent#1#2", "x" * 5000, "é", "\x00", "0" * 31, "G" * 32]


@pytest.mark.parametrize("junk", JUNK)
def test_session_store_malformed_credential_finds_no_session(
    store: SessionStore, user_id: UUID, junk: str
) -> None:
    session, _ = start_session(store, user_id)

    assert store.by_credential(junk) is None
    assert store.by_credential(f"{junk}.secret") is None
    assert store.by_credential(f"{session.id}.{junk}") is None
    assert store.get(junk, user_id) is None
    assert not store.revoke(junk, user_id)
    assert is_rejected(store, junk)
    assert is_rejected(store, f"{session.id}.{junk}")
    assert store.get(session.id, user_id) is not None


def test_session_store_revocation_item_is_not_a_session(store: SessionStore, user_id: UUID) -> None:
    start_session(store, user_id)
    store.revoke_all(user_id)

    assert store.get(f"user#{user_id}", user_id) is None
    assert store.by_credential(f"user#{user_id}.x") is None
    assert store.list(user_id) == []


def test_rotate_exchanges_the_refresh_token(store: SessionStore, user_id: UUID) -> None:
    session, first = start_session(store, user_id)

    renewed, second = store.rotate(first)
    third = store.rotate(second)[1]

    assert renewed.id == session.id
    assert len({first, second, third}) == 3
    assert store.by_credential(first) is None
    assert store.by_credential(second) is None
    assert store.by_credential(third) is not None


@pytest.mark.parametrize("later", [0, 1, 5])
def test_rotate_used_token_ends_the_session(store: SessionStore, user_id: UUID, later: int) -> None:
    session, spent = start_session(store, user_id)
    current = store.rotate(spent)[1]
    for _ in range(later):
        current = store.rotate(current)[1]

    assert is_rejected(store, spent)
    assert is_rejected(store, current)
    assert store.get(session.id, user_id) is None


def test_rotate_wrong_token_keeps_the_session(store: SessionStore, user_id: UUID) -> None:
    session, credential = start_session(store, user_id)

    assert is_rejected(store, f"{session.id}.guessed")
    assert store.rotate(credential)


def test_rotate_used_token_keeps_other_sessions(store: SessionStore, user_id: UUID) -> None:
    _, spent = start_session(store, user_id)
    _, other = start_session(store, user_id)
    store.rotate(spent)
    assert is_rejected(store, spent)

    assert store.by_credential(other) is not None


@pytest.mark.parametrize("round_", range(3))
def test_rotate_concurrent_calls_have_at_most_one_winner(
    store: SessionStore, user_id: UUID, round_: int
) -> None:
    session, credential = start_session(store, user_id)
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
    # The second caller used a spent token, which ended the session for the winner too.
    assert store.get(session.id, user_id) is None


def test_revoke_ends_the_session(store: SessionStore, user_id: UUID) -> None:
    session, credential = start_session(store, user_id)

    assert store.revoke(session.id, user_id)
    assert not store.revoke(session.id, user_id)
    assert store.by_credential(credential) is None
    assert store.get(session.id, user_id) is None
    assert store.list(user_id) == []
    assert is_rejected(store, credential)


def test_update_last_seen_does_not_restore_a_revoked_session(
    store: SessionStore, user_id: UUID
) -> None:
    session, _ = start_session(store, user_id)
    store.revoke(session.id, user_id)

    store._update_last_seen(session, session.created_at)

    assert store.get(session.id, user_id) is None


def test_revoke_all_keeps_only_the_excepted_session(store: SessionStore, user_id: UUID) -> None:
    kept, mine = start_session(store, user_id)
    _, other = start_session(store, user_id)
    _, staff = start_session(store, user_id, Audience.ADMIN)

    store.revoke_all(user_id, except_session_id=kept.id)

    assert store.list(user_id) == [kept]
    assert store.by_credential(mine) == kept
    assert [store.by_credential(one) for one in (other, staff)] == [None, None]
    assert is_rejected(store, other)
    store.revoke_all(user_id)
    assert store.list(user_id) == []


def test_revoke_all_later_session_is_live(store: SessionStore, user_id: UUID) -> None:
    start_session(store, user_id)
    store.revoke_all(user_id)
    later, credential = start_session(store, user_id)

    assert store.by_credential(credential) == later
    assert store.list(user_id) == [later]


def test_revoke_all_by_an_ended_session_is_rejected(store: SessionStore, user_id: UUID) -> None:
    """Simulate a request of a stolen session that was in progress when its owner ended it."""
    stolen, thiefs = start_session(store, user_id)
    mine, credential = start_session(store, user_id)
    store.revoke_all(user_id, except_session_id=mine.id)

    with pytest.raises(Unauthenticated):
        store.revoke_all(user_id, except_session_id=stolen.id)

    assert store.by_credential(thiefs) is None
    assert store.by_credential(credential) == mine


def test_revoke_all_ends_a_session_being_started(
    store: SessionStore, user_id: UUID, clock: ManualClock
) -> None:
    """Simulate a session that was created before the revocation and stored after it."""
    early = SessionStore(store._table, lambda: clock.moment - timedelta(seconds=1))
    store.revoke_all(user_id)
    _, credential = start_session(early, user_id)

    assert store.by_credential(credential) is None


def test_revoke_all_concurrent_starts_leave_no_older_session(
    store: SessionStore, user_id: UUID
) -> None:
    ready = threading.Barrier(5, timeout=PATIENCE)

    def begin() -> tuple[Session, str]:
        ready.wait()
        return start_session(store, user_id)

    def end() -> None:
        ready.wait()
        store.revoke_all(user_id)

    with ThreadPoolExecutor(5) as pool:
        starts = [pool.submit(begin) for _ in range(4)]
        pool.submit(end).result()
        made = [one.result() for one in starts]

    live = {session.id for session in store.list(user_id)}
    store.revoke_all(user_id)
    assert live <= {session.id for session, _ in made}
    assert store.list(user_id) == []


@pytest.mark.parametrize("audience", list(Audience))
def test_session_expires_when_idle(
    store: SessionStore, clock: ManualClock, audience: Audience
) -> None:
    user = new_id()
    session, credential = start_session(store, user, audience)
    began = session.created_at

    clock.moment = began + LIFETIMES[audience].idle - timedelta(seconds=1)
    assert store.list(user)
    clock.moment = began + LIFETIMES[audience].idle
    assert store.by_credential(credential) is None
    assert store.get(session.id, user) is None
    assert store.list(user) == []
    assert is_rejected(store, credential)


@pytest.mark.parametrize("audience", list(Audience))
def test_session_in_use_expires_at_its_absolute_limit(
    store: SessionStore, clock: ManualClock, audience: Audience
) -> None:
    user = new_id()
    session, credential = start_session(store, user, audience)
    step = LIFETIMES[audience].idle * 0.9
    while clock.moment + step < session.expires_at:
        clock.moment += step
        found = store.by_credential(credential)
        assert found is not None

    clock.moment = session.expires_at
    assert store.by_credential(credential) is None


def test_session_use_is_recorded_every_five_minutes(
    store: SessionStore, clock: ManualClock, user_id: UUID
) -> None:
    session, credential = start_session(store, user_id)

    clock.moment += timedelta(minutes=4)
    store.by_credential(credential)
    assert store.list(user_id)[0].last_seen_at == session.last_seen_at
    clock.moment += timedelta(minutes=2)
    store.by_credential(credential)
    assert store.list(user_id)[0].last_seen_at > session.last_seen_at


def test_crm_session_use_is_recorded_every_minute(
    store: SessionStore, clock: ManualClock, user_id: UUID
) -> None:
    """Ensure that recording use rarely does not shorten the idle limit of 15 minutes to 10."""
    _, credential = start_session(store, user_id, Audience.CRM)
    clock.moment += timedelta(minutes=2)
    assert store.by_credential(credential) is not None
    clock.moment += timedelta(minutes=14)

    assert store.by_credential(credential) is not None


def test_update_network_ends_the_session_and_reports_it(store: SessionStore, user_id: UUID) -> None:
    session, credential = start_session(store, user_id, Audience.CRM)
    other, _ = start_session(store, user_id, Audience.CRM)

    store.update_network(session, "198.51.100.7")
    store.update_network(session, "192.0.2.7")

    with pytest.raises(Unauthenticated, match="network changed"):
        store.by_credential(credential)
    with pytest.raises(Unauthenticated, match="network changed"):
        store.get(session.id, user_id)
    assert store.list(user_id) == [other]
    assert is_rejected(store, credential)
    item = aws.client("dynamodb").get_item(
        TableName=store._table, Key={"session_id": {"S": session.id}}
    )["Item"]
    assert item["network_changed_to"]["S"] == "198.51.100.7"


def test_update_network_allowed_change_continues_the_session(
    store: SessionStore, user_id: UUID
) -> None:
    session, credential = store.create(
        user_id=user_id,
        role="escort",
        audience=Audience.CRM,
        device="tests",
        network="203.0.113.7",
        network_change_allowed=True,
    )

    store.update_network(session, "198.51.100.7")

    found = store.by_credential(credential)
    assert found is not None
    assert (found.network, found.network_change_allowed, found.network_changed_to) == (
        "198.51.100.7",
        True,
        "",
    )


def test_update_network_does_not_restore_a_revoked_session(
    store: SessionStore, user_id: UUID
) -> None:
    session, credential = start_session(store, user_id, Audience.CRM)
    store.revoke(session.id, user_id)

    store.update_network(session, "198.51.100.7")

    assert store.by_credential(credential) is None


def test_revoke_with_audience_ends_only_that_audience(store: SessionStore, user_id: UUID) -> None:
    site, _ = start_session(store, user_id)
    private, _ = start_session(store, user_id, Audience.CRM)

    assert not store.revoke(site.id, user_id, Audience.CRM)
    assert not store.revoke(private.id, new_id(), Audience.CRM)
    assert store.revoke(private.id, user_id, Audience.CRM)
    assert store.list(user_id) == [site]


def test_session_list_is_ordered_newest_first(store: SessionStore, user_id: UUID) -> None:
    made = [start_session(store, user_id)[0].id for _ in range(3)]

    assert [session.id for session in store.list(user_id)] == made[::-1]


@pytest.mark.slow
def test_session_store_unreachable_raises_unavailable(
    store: SessionStore, user_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, credential = start_session(store, user_id)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    aws.reset_clients()

    for call in (
        lambda: store.by_credential(credential),
        lambda: store.get(session.id, user_id),
        lambda: store.rotate(credential),
        lambda: store.revoke(session.id, user_id),
        lambda: store.revoke_all(user_id),
        lambda: store.list(user_id),
        lambda: start_session(store, user_id),
    ):
        with pytest.raises(Unavailable) as away:
            call()
        assert away.value.retry_after == 5
