"""Purge handler: invalidated paths, and retries of failed purges."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from contracts.escorts import ProfileDelisted, ProfilePagesInvalidated, ProfilePaused
from escorts import purge
from escorts.domain.cdn_paths import API_PREFIX, LIST_PATHS, profile_paths, remove_covered_paths
from kit.events import Event

MIRA = UUID(int=7)


class Recorder:
    """Stands where CloudFront does."""

    asked: list[tuple[list[str], str]]
    failing: bool

    def __init__(self, distribution_id: str) -> None:
        assert distribution_id == "E1"

    def purge(self, paths: Sequence[str], reference: str) -> None:
        if type(self).failing:
            raise ConnectionError
        type(self).asked.append((list(paths), reference))


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> type[Recorder]:
    monkeypatch.setenv("DISTRIBUTION_ID", "E1")
    monkeypatch.setattr(purge, "CloudFrontInvalidator", Recorder)
    Recorder.asked, Recorder.failing = [], False
    return Recorder


def batch(*events: Event) -> dict[str, Any]:
    records = [
        {"messageId": f"m{number}", "body": json.dumps({"detail": event.envelope()})}
        for number, event in enumerate(events)
    ]
    return {"Records": records}


def failed(answer: dict[str, Any]) -> list[str]:
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_delisted_profile_purges_lists_and_all_slugs(edge: type[Recorder]) -> None:
    answer = purge.handler(
        batch(ProfileDelisted(profile_id=MIRA, slugs=["mira", "mira-old"])), None
    )

    assert failed(answer) == []
    ((paths, _),) = edge.asked
    assert set(paths) == {*LIST_PATHS, "/mira", "/mira-old"}
    assert f"{API_PREFIX}*" in paths, "covers the profile's addresses in the API"


def test_invalidated_profile_purges_own_paths_only(edge: type[Recorder]) -> None:
    purge.handler(batch(ProfilePagesInvalidated(profile_id=MIRA, slugs=["mira"])), None)

    assert edge.asked[0][0] == ["/mira", f"{API_PREFIX}/mira", f"{API_PREFIX}/{MIRA}"]


def test_batch_makes_one_purge_with_stable_reference(edge: type[Recorder]) -> None:
    events = batch(
        ProfileDelisted(profile_id=MIRA, slugs=["mira"]),
        ProfileDelisted(profile_id=MIRA, slugs=["nora"]),
    )
    purge.handler(events, None)
    purge.handler(events, None)

    first, second = edge.asked
    assert first == second
    assert len(first[0]) == len(set(first[0]))
    assert {"/mira", "/nora"} <= set(first[0])


def test_failed_purge_returns_all_messages_as_failures(edge: type[Recorder]) -> None:
    edge.failing = True
    gone = ProfileDelisted(profile_id=MIRA, slugs=["mira"])

    assert failed(purge.handler(batch(gone, gone), None)) == ["m0", "m1"]


def test_malformed_message_fails_alone(edge: type[Recorder]) -> None:
    gone = ProfileDelisted(profile_id=MIRA, slugs=["mira"])
    answer = purge.handler(batch(ProfilePaused(profile_id=MIRA), gone), None)

    assert failed(answer) == ["m0"]
    assert "/mira" in edge.asked[0][0]


def test_remove_covered_paths_keeps_wildcards() -> None:
    assert remove_covered_paths(["/a*", "/ab", "/b", "/b"]) == ["/a*", "/b"]
    assert profile_paths(MIRA, []) == [f"{API_PREFIX}/{MIRA}"]
