"""The envelope on the bus."""

import json
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.events import Event
from kit.ids import new_id


class ProfileMoved(Event):
    """Event for tests."""

    source: ClassVar[str] = "hellomahi.tests"
    version: ClassVar[int] = 2

    profile_id: UUID
    new_city: str
    at_times: list[datetime]


events = st.builds(
    ProfileMoved,
    profile_id=st.uuids(),
    new_city=st.text(st.characters(exclude_categories=["Cs"])),
    at_times=st.lists(st.datetimes(timezones=st.just(UTC)), max_size=3),
    occurred_at=st.datetimes(timezones=st.just(UTC)),
)


@pytest.mark.slow
@given(events)
def test_event_round_trip_is_equal(event: ProfileMoved) -> None:
    on_the_bus = json.loads(json.dumps(event.envelope()))

    assert ProfileMoved.from_envelope(on_the_bus) == event


def test_envelope_has_documented_fields() -> None:
    event = ProfileMoved(profile_id=new_id(), new_city="Basel", at_times=[])

    envelope = event.envelope()

    assert envelope.keys() == {"id", "type", "version", "occurredAt", "data"}
    assert (envelope["type"], envelope["version"]) == ("ProfileMoved", 2)
    assert envelope["data"].keys() == {"profileId", "newCity", "atTimes"}
    assert datetime.fromisoformat(envelope["occurredAt"]).tzinfo is not None


def test_events_have_unique_ids() -> None:
    made = {ProfileMoved(profile_id=new_id(), new_city="", at_times=[]).id for _ in range(100)}

    assert len(made) == 100
    assert {one.version for one in made} == {7}


def good() -> dict[str, Any]:
    return ProfileMoved(profile_id=new_id(), new_city="Basel", at_times=[]).envelope()


@pytest.mark.parametrize(
    "change",
    [
        {"type": "ProfileClosed"},
        {"version": 1},
        {"version": 3},
        {"id": "not-a-uuid"},
        {"occurredAt": "yesterday"},
        {"data": {}},
        {"data": None},
        {"data": []},
        {"data": {"profileId": "x", "newCity": "y", "atTimes": []}},
    ],
)
def test_from_envelope_other_type_or_malformed_raises_value_error(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        ProfileMoved.from_envelope(good() | change)


@pytest.mark.parametrize("missing", ["id", "type", "version", "occurredAt", "data"])
def test_from_envelope_incomplete_raises_value_error(missing: str) -> None:
    envelope = good()
    del envelope[missing]

    with pytest.raises(ValueError, match=r"."):
        ProfileMoved.from_envelope(envelope)


def test_from_envelope_data_does_not_override_id_and_time() -> None:
    envelope = good()
    envelope["data"] |= {"id": str(new_id()), "occurredAt": "2001-01-01T00:00:00+00:00"}

    event = ProfileMoved.from_envelope(envelope)

    assert str(event.id) == envelope["id"]
    assert event.occurred_at.isoformat() == envelope["occurredAt"]
