"""Words that must not stand in a profile (H13): found however they are written.

Capitals, accents, letters of other alphabets that look alike, digits for letters (t33n), dots,
spaces or invisible characters between letters, letters repeated. This raises the price of getting
around the list; it does not replace a person who reads.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from escorts.domain.profiles import Content
from kit.errors import Invalid

# Capitals are folded before; what carries an accent is its bare letter by then.
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
    """What a term leads to."""

    REFUSE = "refuse"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class BlockedTerm:
    """A term as the list has it: small plain letters, words apart by one space."""

    term: str
    reason: str
    action: TermAction


@dataclass(frozen=True, slots=True)
class TermMatch:
    """A field in which a term was found."""

    field: str
    term: BlockedTerm


def profile_texts(content: Content, slug: str | None = None) -> dict[str, str]:
    """Return everything that an owner words herself, by the API's name of its field."""
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
    """Return what is said for the first time: what stands already is the moderators' to find."""
    known = set(old.values())
    return {field: text for field, text in new.items() if text not in known}


def require_allowed_texts(
    texts: Mapping[str, str], terms: Iterable[BlockedTerm]
) -> list[TermMatch]:
    """Refuse what may not be published; return what a moderator should read."""
    found = list(find_terms(texts, terms))
    for hit in found:
        if hit.term.action is TermAction.REFUSE:
            # Which words is not said: that would be a list to try disguises against.
            raise Invalid(
                "text-not-allowed",
                "This text says something that may not be published here: word it differently.",
                field=hit.field,
            )
    return found


def find_terms(texts: Mapping[str, str], terms: Iterable[BlockedTerm]) -> Iterator[TermMatch]:
    """Yield where which term is said, in whatever disguise."""
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
    # Written together with the next word, a number was read as letters.
    together = (word.translate(digits) for digits in _DIGITS.values())
    return rf"(?:{word}[\s-]*|{'|'.join(together)})"


def _variants(text: str) -> set[str]:
    """Return the ways to read a text."""
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
    """Read what is spelled letter by letter, or has signs between its letters, as words."""
    return _SPELLED.sub(lambda found: _GAP.sub("", found[0]), _BETWEEN.sub("", text))


def _normalize(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    seen = (c for c in decomposed if unicodedata.category(c) not in {"Mn", "Me", "Cf"})
    return "".join(seen).translate(_LOOKALIKES)


def _read_digits_as_letters(text: str, one: str) -> str:
    """Read digits in words as the letters that they stand for; a number by itself stays one."""

    def read(word: re.Match[str]) -> str:
        inner = _INNER_SIGN.sub(lambda sign: sign[0].translate(_INNER_SIGNS), word[0])
        return inner.translate(_DIGITS[one])

    return _WORD.sub(read, text)
