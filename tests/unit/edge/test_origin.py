"""Unit tests of the API's origin authorizer."""

import pytest

from edge import origin
from edge.origin import OriginSecrets


class Vault:
    """Secrets Manager with the values of the secret, and the number of reads."""

    def __init__(self, *values: str) -> None:
        self.values = values
        self.reads = 0

    def read(self) -> tuple[str, ...]:
        self.reads += 1
        return self.values


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Vault:
    vault = Vault("current", "previous")
    monkeypatch.setattr(origin, "_read", vault.read)
    return vault


@pytest.mark.parametrize("sent", ["current", "previous"])
def test_current_and_previous_secret_are_accepted(vault: Vault, sent: str) -> None:
    assert OriginSecrets().is_valid(sent)


@pytest.mark.parametrize("sent", ["", "wrong", "currenT", "ünknown"])
def test_other_values_are_refused(vault: Vault, sent: str) -> None:
    assert not OriginSecrets().is_valid(sent)


def test_known_secret_is_read_once(vault: Vault) -> None:
    secrets = OriginSecrets()
    for _ in range(5):
        assert secrets.is_valid("current")

    assert vault.reads == 1


def test_wrong_secrets_cause_one_read_per_minute(vault: Vault) -> None:
    secrets = OriginSecrets()
    for number in range(50):
        assert not secrets.is_valid(f"guess-{number}")

    assert vault.reads == 1


def test_rotated_secret_is_accepted(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = OriginSecrets()
    assert secrets.is_valid("current")

    vault.values = ("next", "current")
    assert not secrets.is_valid("next")
    monkeypatch.setattr(origin, "MIN_REREAD_SECONDS", 0.0)
    assert secrets.is_valid("next")
    assert secrets.is_valid("current")


def test_handler_returns_simple_response(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "_secrets", OriginSecrets())

    assert origin.handler({"headers": {"x-origin-verify": "current"}}, None) == {
        "isAuthorized": True
    }
    assert origin.handler({}, None) == {"isAuthorized": False}
