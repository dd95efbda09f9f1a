"""Unit tests of the data folder, the clock, and the report of lost state."""

from datetime import timedelta
from pathlib import Path

import pytest

from local.clock import CloudClock
from local.datafolder import DataFolder, DataFolderInUseError
from local.recovery import lost_state
from local.runtime.invocation import InvocationResult
from local.services.queues import failed_messages


def test_data_folder_detects_kill(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert folder.open() is False
    folder.close()
    assert folder.open() is False
    folder._lock = None  # killed, without an orderly stop
    assert DataFolder(tmp_path).open() is True


def test_data_folder_in_use_is_refused(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    first.open()
    with pytest.raises(DataFolderInUseError, match="DATA="):
        DataFolder(tmp_path).open()
    first.close()
    DataFolder(tmp_path).open()


def test_data_folder_records_resources(tmp_path: Path) -> None:
    DataFolder(tmp_path).record_resources(["table A"])
    DataFolder(tmp_path).record_resources(["table B"])
    assert DataFolder(tmp_path).known_resources() == {"table A", "table B"}


def test_clock_moves_forward_only_and_is_saved(tmp_path: Path) -> None:
    clock = CloudClock(tmp_path / "clock.json")
    assert clock.offset_seconds == 0
    clock.advance(timedelta(hours=2))
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="ten years"):
        clock.advance(timedelta(days=4000))
    assert CloudClock(tmp_path / "clock.json").offset == timedelta(hours=2)


def test_lost_state_lines_name_consequences() -> None:
    lines = lost_state({"Sessions": 2}, [("table", "Sessions"), ("key", "PrivateDataKey")])
    assert lines[0] == "2 DynamoDB writes to Sessions"
    assert "sign in again" in lines[1]
    assert "make clean-data" in lines[2]
    assert lost_state({}, []) == []


BATCH = [{"MessageId": "a"}, {"MessageId": "b"}]


@pytest.mark.parametrize(
    ("payload", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, {"b"}),
        # A malformed partial response fails the whole batch, as in Lambda.
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": "z"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"other": "b"}]}, {"a", "b"}),
        ({"batchItemFailures": "b"}, {"a", "b"}),
        ("done", {"a", "b"}),
    ],
)
def test_failed_messages_partial_result_is_read_as_in_lambda(
    payload: object, failed: set[str]
) -> None:
    result = InvocationResult("1", payload, None, "", (), 0.0)
    assert failed_messages(result, BATCH, partial=True) == failed


def test_failed_messages_without_partial_result_is_all_or_none() -> None:
    good = InvocationResult("1", {"batchItemFailures": [{"itemIdentifier": "a"}]}, None, "", (), 0)
    bad = InvocationResult("1", None, "Error", "no", (), 0)
    assert failed_messages(good, BATCH, partial=False) == set()
    assert failed_messages(bad, BATCH, partial=False) == {"a", "b"}
