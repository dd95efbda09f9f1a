"""Words that must not stand in a profile (H13), found in any spelling.

Recognised disguises: capitals, accents, lookalike letters of other alphabets, digits for letters (t33n), dots,
spaces
or invisible characters between letters, repeated letters. This raises the price of evading the list; it does
not
replace a moderator.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from escorts.domain.profiles import Content
from kit.errors import Invalid
from kit.i18n import gettext as _

# Capitals are folded before this table is used, and accented letters are bare letters by then.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕкмтнвгдαεορικντυχβł_",
    "aeopcyxijskmthbrdaeopikvtuxbl-",
)
# A one may stand for either of two letters, so a text is read both ways.
_DIGITS = {one: str.maketrans("01345789", f"o{one}eastbg") for one in "il"}
_SIGNS = str.maketrans("@$€+", "aset")
_INNER_SIGNS = str.maketrans("!|", "il")
_WORD = re.compile(r"\S*[^\W\d]\S*")
_INNER_SIGN = re.compile(r"[!|](?=\w)")
_BETWEEN = re.compile(r"(?<=\w)[^\w\s]+(?=\w)")
_SPELLED = re.compile(r"(?<!\w)\w(?:\W{1,3}\w)+(?!\w)")
_GAP = re.compile(r"\W+")
_REPEATED = re.compile(r"([^\W\d])\1{2,}")


class TermAction(StrEnum):
    """Consequence of a term in a text."""

    REFUSE = "refuse"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class BlockedTerm:
    """Term as the list stores it: small plain letters, words separated by one space."""

    term: str
    reason: str
    action: TermAction


@dataclass(frozen=True, slots=True)
class TermMatch:
    """Field of a profile in which a term was found."""

    field: str
    term: BlockedTerm


def profile_texts(content: Content, slug: str | None = None) -> dict[str, str]:
    """Return all texts that the owner writes freely, by their field names in the API."""
    looks = content.attributes
    texts = {
        "name": content.name,
        "bio": content.bio,
        "measurements": looks.measurements,
        "hairColor": looks.hair_color,
        "eyeColor": looks.eye_color,
        "ethnicity": looks.ethnicity,
        "slug": slug,
    }
    places = {f"locations.{n}.place": one.place for n, one in enumerate(content.locations)}
    return {name: text for name, text in (texts | places).items() if text}


def changed_texts(new: Mapping[str, str], old: Mapping[str, str]) -> dict[str, str]:
    """Return only texts that are new: texts that are saved already are left to moderators."""
    known = set(old.values())
    return {field: text for field, text in new.items() if text not in known}


def require_allowed_texts(
    texts: Mapping[str, str], terms: Iterable[BlockedTerm]
) -> list[TermMatch]:
    """Refuse texts with a forbidden term; return the matches that a moderator should review."""
    found = list(find_terms(texts, terms))
    for hit in found:
        if hit.term.action is TermAction.REFUSE:
            # The error does not name the term: a named term would help to find a disguise that passes.
            raise Invalid(
                "text-not-allowed",
                _("This text contains something that may not be published here: please reword it."),
                field=hit.field,
            )
    return found


def find_terms(texts: Mapping[str, str], terms: Iterable[BlockedTerm]) -> Iterator[TermMatch]:
    """Yield each term that a field contains, in any disguise."""
    patterns = [(term, _pattern(term.term)) for term in terms]
    for field, text in texts.items():
        readings = _variants(text)
        for term, pattern in patterns:
            if any(pattern.search(reading) for reading in readings):
                yield TermMatch(field, term)


def _pattern(term: str) -> re.Pattern[str]:
    # Words of a term may stand together or apart, and in the plural; never inside other words.
    *words, last = term.split()
    return re.compile(rf"(?<!\w){''.join(map(_word_pattern, words))}{last}s?(?!\w)")


def _word_pattern(word: str) -> str:
    if not word.isdecimal():
        return rf"{word}[\s-]*"
    # A number that is written together with the next word was read as letters.
    together = (word.translate(digits) for digits in _DIGITS.values())
    return rf"(?:{word}[\s-]*|{'|'.join(together)})"


def _variants(text: str) -> set[str]:
    """Return every reading of a text."""
    plain = _normalize(text)
    readings = {plain, plain.translate(_SIGNS)}
    readings |= {_join_spelled(reading) for reading in readings}
    readings |= {
        way
        for reading in readings
        for one, digits in _DIGITS.items()
        for way in (_read_digits_as_letters(reading, one), reading.translate(digits))
    }
    readings |= {_join_spelled(reading) for reading in readings}
    return {
        _REPEATED.sub(kept, reading) for reading in readings for kept in (r"\g<0>", r"\1\1", r"\1")
    }


def _join_spelled(text: str) -> str:
    """Join letters that are spelled one by one, or have signs between them, to words."""
    return _SPELLED.sub(lambda found: _GAP.sub("", found[0]), _BETWEEN.sub("", text))


def _normalize(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    seen = (c for c in decomposed if unicodedata.category(c) not in {"Mn", "Me", "Cf"})
    return "".join(seen).translate(_LOOKALIKES)


def _read_digits_as_letters(text: str, one: str) -> str:
    """Read digits inside words as the letters that they stand for; a number by itself stays a number."""

    def read(word: re.Match[str]) -> str:
        inner = _INNER_SIGN.sub(lambda sign: sign[0].translate(_INNER_SIGNS), word[0])
        return inner.translate(_DIGITS[one])

    return _WORD.sub(read, text)
