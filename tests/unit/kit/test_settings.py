"""The environment, the clock."""

from datetime import UTC, datetime, timedelta

import pytest

from kit import clock
from kit.settings import MissingSetting, env_list, env_optional, env_required


def test_env_required_missing_names_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_SETTING", raising=False)
    with pytest.raises(MissingSetting, match="NO_SUCH_SETTING"):
        env_required("NO_SUCH_SETTING")


def test_env_required_empty_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY_SETTING", "")

    with pytest.raises(MissingSetting):
        env_required("EMPTY_SETTING")
    assert env_optional("EMPTY_SETTING", "else") == "else"
    assert env_list("EMPTY_SETTING") == ()


@pytest.mark.parametrize(
    ("text", "items"),
    [("a", ("a",)), ("a,b", ("a", "b")), (" a , ,b,, ", ("a", "b")), (",", ()), (" ", ())],
)
def test_env_list_strips_blanks(
    monkeypatch: pytest.MonkeyPatch, text: str, items: tuple[str, ...]
) -> None:
    monkeypatch.setenv("LISTED_SETTING", text)

    assert env_list("LISTED_SETTING") == items


def test_clock_is_aware_and_advanced_by_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOCK_OFFSET_SECONDS", raising=False)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.now().tzinfo is UTC

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "86400.5")
    assert (
        timedelta(0) <= clock.now() - datetime.now(UTC) - timedelta(days=1) < timedelta(seconds=5)
    )
