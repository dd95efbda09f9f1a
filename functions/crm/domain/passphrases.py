"""What may be a passphrase. Length counts; which kinds of signs it has does not (NIST SP 800-63B).

Beside KMS it is the last wall, and nobody can reset it: therefore longer than a password.
"""

import re
import unicodedata
from itertools import pairwise

from kit.errors import Invalid

MIN_LENGTH = 12
MAX_LENGTH = 200
_MIN_DISTINCT = 6

# What guessers try first, without the digits and signs that people hang on.
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
    """Raise `Invalid` with what to do about it where a passphrase is one that guessers try.

    `slug`: the address of the profile, which everybody knows, and with it mostly the name.
    """
    normalized = unicodedata.normalize("NFKC", passphrase)
    if len(normalized) < MIN_LENGTH:
        raise Invalid(
            "passphrase-too-short",
            f"Use at least {MIN_LENGTH} characters; four or five words in a row are good.",
            field=field,
        )
    if len(normalized) > MAX_LENGTH:
        raise Invalid("passphrase-too-long", f"Use at most {MAX_LENGTH} characters.", field=field)
    letters = _NO_LETTER.sub("", normalized.casefold())
    if letters and letters in _name_variants(slug):
        raise Invalid(
            "passphrase-is-name",
            "Your own name is the first thing anyone would try: choose something else.",
            field=field,
        )
    if letters in _COMMON or _is_simple(normalized.casefold()):
        raise Invalid(
            "passphrase-common",
            "This passphrase is on every guesser's list: choose something else.",
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
