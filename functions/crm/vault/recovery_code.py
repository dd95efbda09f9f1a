"""The recovery code in its written form: 160 random bits in Crockford's base32, nine groups of four.

The last group is a checksum, so that a mistyped code is told from a wrong one. Case, spaces and dashes do not matter,
and the letters that look like digits are read as those.
"""

from __future__ import annotations

import hashlib
import os

from crm.vault.errors import MalformedRecoveryCode

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Word processors change dashes; their variants do not matter either.
_LOOKS_LIKE = str.maketrans("OIL", "011", " -\u2010\u2011\u2013\u2014\u00a0\t\r\n")
_BYTES = 20
_LETTERS = 32
_CHECK = 4
_GROUP = 4


def new_code() -> bytes:
    """Return 160 random bits."""
    return os.urandom(_BYTES)


def to_text(code: bytes) -> str:
    """Format a code for showing it, once."""
    letters = _base32(int.from_bytes(code), _LETTERS) + _checksum(code)
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def from_text(text: str) -> bytes:
    """Parse a typed code; raise `MalformedRecoveryCode` if it cannot be one."""
    letters = text.upper().translate(_LOOKS_LIKE)
    if not set(letters) <= set(_ALPHABET):
        raise MalformedRecoveryCode("36 letters and digits in groups of four")
    number = 0
    for letter in letters[:_LETTERS]:
        number = number * len(_ALPHABET) + _ALPHABET.index(letter)
    code = number.to_bytes(_BYTES)
    if _checksum(code) != letters[_LETTERS:]:
        raise MalformedRecoveryCode("its last group does not fit the others")
    return code


def require_well_formed(text: str) -> None:
    """Raise `MalformedRecoveryCode` unless this could be a code, without trying it."""
    from_text(text)


def _checksum(code: bytes) -> str:
    digest = hashlib.sha256(b"crm recovery code" + code).digest()
    return _base32(int.from_bytes(digest[:3]) >> 4, _CHECK)


def _base32(number: int, letters: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(letters)))
