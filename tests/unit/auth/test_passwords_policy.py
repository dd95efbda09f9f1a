"""Password policy and password hashing."""

import pytest

from auth.domain.hashing import PasswordHasher
from auth.domain.passwords import check_password
from kit.errors import Invalid

CHEAP = PasswordHasher(memory_kib=64, iterations=1)
EMAIL = "mira.valen@example.com"


def refusal_code(password: str) -> str | None:
    """Return the code with which the policy refuses the password, or None."""
    try:
        check_password(password, email=EMAIL)
    except Invalid as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "ünïcödé wörds", "Xk9#mP2$vL", "  spaces around it  ", "a1!Zq" * 40],
)
def test_check_password_good_password_is_accepted(password: str) -> None:
    assert refusal_code(password) is None


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password-too-short"),
        ("", "password-too-short"),
        ("x1!yZ" * 41, "password-too-long"),
        ("Mira.Valen@Example.com", "password-is-email"),
        ("mira.valen", "password-is-email"),
        ("mira.valen2031!", "password-is-email"),
        ("1234567890", "password-common"),
        ("9876543210", "password-common"),
        ("Password123!", "password-common"),
        ("123password", "password-common"),
        ("qwertyuiop", "password-common"),
        ("HelloMahi2031", "password-common"),
        ("abcdefghijkl", "password-common"),
        ("aaaaaaaaaaaa", "password-common"),
        ("1212121212", "password-common"),
    ],
)
def test_check_password_weak_password_is_rejected(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, email=EMAIL, field="newPassword")

    assert refused.value.code == code
    assert refused.value.field == "newPassword"


def test_password_hasher_verifies_only_the_hashed_password() -> None:
    phc = CHEAP.hash("correct horse battery")

    assert CHEAP.verify("correct horse battery", phc)
    assert not CHEAP.verify("correct horse batterY", phc)
    assert phc != CHEAP.hash("correct horse battery")


def test_password_hasher_normalizes_unicode() -> None:
    composed, decomposed = "caf\u00e9 caf\u00e9 noir", "cafe\u0301 cafe\u0301 noir"

    assert CHEAP.verify(decomposed, CHEAP.hash(composed))


def test_password_hasher_verify_without_hash_returns_false() -> None:
    assert not CHEAP.verify("correct horse battery", None)


def test_password_hasher_defaults_are_the_designed_parameters() -> None:
    assert PasswordHasher().prefix == "$argon2id$v=19$m=65536,t=3,p=1$"


def test_password_hasher_other_parameters_need_rehash() -> None:
    phc = CHEAP.hash("correct horse battery")

    assert not CHEAP.needs_rehash(phc)
    assert PasswordHasher().needs_rehash(phc)
