"""Checks of new passphrases, confirmation texts of key changes, and default settings."""

import pytest

from crm.domain import confirmations
from crm.domain.passphrases import MAX_LENGTH, MIN_LENGTH, check_passphrase
from crm.domain.settings import WorkspaceSettings
from kit.errors import Invalid

SLUG = "mira-valen"
# Full-width characters, as some keyboards write them.
WIDE = "".join(chr(ord(sign) + 0xFEE0) for sign in "password123456")


@pytest.mark.parametrize(
    "passphrase",
    [
        "violet anchor meadow lantern",
        "mira likes green apples",
        "ärger über öde möhren",
        "8 geese, 3 foxes!",
        "8402 7719 3056 1148",
        "x" * 6 + "yzabcdefgh",
    ],
)
def test_check_passphrase_long_is_accepted(passphrase: str) -> None:
    check_passphrase(passphrase, slug=SLUG)
    with pytest.raises(Invalid) as refused:
        check_passphrase(passphrase[: MIN_LENGTH - 1], slug=SLUG)
    assert refused.value.code == "passphrase-too-short"


@pytest.mark.parametrize(
    ("passphrase", "code"),
    [
        ("violet anch", "passphrase-too-short"),
        ("x" * 5 + "y" * MAX_LENGTH, "passphrase-too-long"),
        ("Mira Valen 2026", "passphrase-is-name"),
        ("2026-valenmira", "passphrase-is-name"),
        ("miravalenmiravalen", "passphrase-is-name"),
        ("mira 1234567890", "passphrase-is-name"),
        ("Passphrase2026!", "passphrase-common"),
        ("correct horse battery staple", "passphrase-common"),
        ("aaaaaaaaaaaaaaaa", "passphrase-common"),
        ("abcabcabcabcabc", "passphrase-common"),
        ("abcdefghijklmnop", "passphrase-common"),
        ("123456789012", "passphrase-common"),
        ("987654321098", "passphrase-common"),
        (WIDE, "passphrase-common"),
    ],
)
def test_check_passphrase_guessable_is_refused(passphrase: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_passphrase(passphrase, slug=SLUG, field="newPassphrase")
    assert (refused.value.code, refused.value.field) == (code, "newPassphrase")


def test_require_confirmation_ignores_case_and_spaces() -> None:
    warned = confirmations.delete_workspace_confirmation(SLUG)
    confirmations.require_confirmation(warned, "  DELETE   Mira-Valen ")
    for typed in ("", "delete", "delete nora-lind", "deletemira-valen", "mira-valen delete"):
        with pytest.raises(Invalid) as refused:
            confirmations.require_confirmation(warned, typed)
        assert refused.value.field == "confirm"


def test_confirmations_name_the_consequences() -> None:
    for warned in (
        confirmations.ENABLE,
        confirmations.DISABLE,
        confirmations.RECOVERY_CODE,
        confirmations.ROTATE,
        confirmations.RECREATE,
        confirmations.delete_workspace_confirmation(SLUG),
    ):
        assert warned.title
        assert all(sentence.endswith((".", ":")) for sentence in warned.sentences)
    assert "lost for good" in " ".join(confirmations.ENABLE.sentences)


def test_workspace_settings_missing_use_defaults() -> None:
    assert WorkspaceSettings.from_json({}) == WorkspaceSettings()
    assert (
        WorkspaceSettings.from_json({"unlock_minutes": 5, "of_a_later_version": 1}).unlock_minutes
        == 5
    )
