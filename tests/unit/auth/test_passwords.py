"""What may be a password, and how it is hashed."""

import pytest

from auth.domain.hashing import PasswordHasher
from auth.domain.passwords import check_password
from kit.errors import Invalid

CHEAP = PasswordHasher(memory_kib=64, iterations=1)
EMAIL = "mira.valen@example.com"


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "ünïcödé wörds", "Xk9#mP2$vL", "  spaces around it  ", "a1!Zq" * 40],
)
def test_good_ones(password: str) -> None:
    check_password(password, email=EMAIL)


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
def test_refused_ones(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, email=EMAIL, field="newPassword")

    assert refused.value.code == code
    assert refused.value.field == "newPassword"


def test_a_hash_opens_for_its_password_alone() -> None:
    phc = CHEAP.hash("correct horse battery")

    assert CHEAP.verify("correct horse battery", phc)
    assert not CHEAP.verify("correct horse batterY", phc)
    assert phc != CHEAP.hash("correct horse battery")


def test_the_same_key_strokes_on_another_keyboard() -> None:
    composed, decomposed = "caf\u00e9 caf\u00e9 noir", "cafe\u0301 cafe\u0301 noir"

    assert CHEAP.verify(decomposed, CHEAP.hash(composed))


def test_without_a_hash_nothing_is_right() -> None:
    assert not CHEAP.verify("correct horse battery", None)


def test_the_parameters_are_those_of_the_design() -> None:
    assert PasswordHasher().prefix == "$argon2id$v=19$m=65536,t=3,p=1$"


def test_other_parameters_are_outdated() -> None:
    phc = CHEAP.hash("correct horse battery")

    assert not CHEAP.needs_rehash(phc)
    assert PasswordHasher().needs_rehash(phc)
