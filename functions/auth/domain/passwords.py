"""Password policy: length and a list of common passwords; no composition rules (NIST SP 800-63B)."""

import re
import unicodedata
from itertools import pairwise

from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.i18n import ngettext

MIN_LENGTH = 10
MAX_LENGTH = 200
_MIN_DISTINCT = 5

# Passwords that attackers try first, without the digits and signs that people append.
_COMMON_WORDS = """
abcabcabc abcdefgh abcdefghi abcdefghij abc admin administrator asdfghjkl baseball changeme
computer dragon escort football hello hellomahi hellohello iloveyou internet letmein login
mahi master monkey mypassword p@ssw0rd p@ssword passwort password passw0rd passwordpassword
princess qazwsx qazwsxedc qwer qwert qwerty qwertyuiop qwertz qwertzuiop secret sunshine
superman test testtest trustno welcome whatever zxcvbnm 1q2w3e4r5t 1qaz2wsx3edc q1w2e3r4t5
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_NON_LETTER_AFFIX = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def normalize_password(password: str) -> str:
    """Return the form that is hashed: the same on every keyboard for the same key strokes."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, email: str, field: str = "password") -> None:
    """Raise `Invalid` with advice if `password` is too short, too long or easy to guess."""
    chosen = normalize_password(password)
    if len(chosen) < MIN_LENGTH:
        message = ngettext(
            "Use at least %(count)s character; a few words in a row are good.",
            "Use at least %(count)s characters; a few words in a row are good.",
            MIN_LENGTH,
        )
        raise Invalid("password-too-short", message, field=field)
    if len(chosen) > MAX_LENGTH:
        message = ngettext(
            "Use at most %(count)s character.", "Use at most %(count)s characters.", MAX_LENGTH
        )
        raise Invalid("password-too-long", message, field=field)
    text = chosen.casefold()
    local_part = email.casefold().partition("@")[0]
    if text in {email.casefold(), local_part} or _NON_LETTER_AFFIX.sub("", text) == local_part:
        message = _(
            "Your e-mail address is the first thing anyone would try: choose something else."
        )
        raise Invalid("password-is-email", message, field=field)
    if _is_common(text):
        message = _("This password is on every guesser's list: choose something else.")
        raise Invalid("password-common", message, field=field)


def _is_common(text: str) -> bool:
    few = len(set(text)) < _MIN_DISTINCT
    run = all(ord(b) - ord(a) == 1 for a, b in pairwise(text))
    digits = text in "012345678901234567890" or text in "098765432109876543210"
    return few or run or digits or text in _COMMON or _NON_LETTER_AFFIX.sub("", text) in _COMMON
