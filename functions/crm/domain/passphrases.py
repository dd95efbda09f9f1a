"""Passphrase rules. Length counts, character classes do not (NIST SP 800-63B).

Beside KMS the passphrase is the last defence, and nobody can reset it: therefore it is longer than a password.
"""

import re
import unicodedata
from itertools import pairwise

from kit.errors import Invalid
from kit.i18n import gettext as _

MIN_LENGTH = 12
MAX_LENGTH = 200
_MIN_DISTINCT = 6

# The first guesses of an attacker, without added digits and punctuation.
_COMMON_WORDS = """
abcabcabcabc administrator changemechangeme clientbook correcthorsebatterystaple escortescort
helloworldhello hellomahihellomahi hellomahi iloveyouiloveyou iloveyousomuch kundenbuch
letmeinletmein mypassphrase mypasswordispassword passphrase passphrasepassphrase password
passwordpassword passwort passwortpasswort princessprincess qwertyqwerty qwertyuiop
qwertyuiopasdf qwertzqwertz qwertzuiop qwertzuiopasd secretsecret sunshinesunshine
testtesttest trustnoone welcomewelcome
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_NO_LETTER = re.compile(r"[\W\d_]+")


def check_passphrase(passphrase: str, *, slug: str, field: str = "passphrase") -> None:
    """Raise `Invalid` with advice if a passphrase is easy to guess.

    `slug`: the public address of the profile, which mostly contains the provider's name.
    """
    normalized = unicodedata.normalize("NFKC", passphrase)
    if len(normalized) < MIN_LENGTH:
        raise Invalid(
            "passphrase-too-short",
            _(
                "Use at least %(min_length)s characters; four or five words are good.",
                min_length=MIN_LENGTH,
            ),
            field=field,
        )
    if len(normalized) > MAX_LENGTH:
        raise Invalid(
            "passphrase-too-long",
            _("Use at most %(max_length)s characters.", max_length=MAX_LENGTH),
            field=field,
        )
    letters = _NO_LETTER.sub("", normalized.casefold())
    if letters and letters in _name_variants(slug):
        raise Invalid(
            "passphrase-is-name",
            _("Your own name is easy to guess: choose another passphrase."),
            field=field,
        )
    if letters in _COMMON or _is_simple(normalized.casefold()):
        raise Invalid(
            "passphrase-common",
            _("This passphrase is too common: choose another one."),
            field=field,
        )


def _name_variants(slug: str) -> set[str]:
    words = [_NO_LETTER.sub("", word) for word in slug.casefold().split("-")]
    whole = "".join(words)
    return {whole, whole * 2, "".join(reversed(words)), *words, *(word * 2 for word in words)}


def _is_simple(text: str) -> bool:
    is_monotonous = len(set(text)) < _MIN_DISTINCT
    is_sequence = all(ord(b) - ord(a) == 1 for a, b in pairwise(text))
    is_digit_sequence = text in "0123456789" * 3 or text in "9876543210" * 3
    return is_monotonous or is_sequence or is_digit_sequence
