"""Blocked terms: found in every disguise, and not in harmless texts."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escorts.domain.blocked_terms import (
    BlockedTerm,
    TermAction,
    changed_texts,
    find_terms,
    profile_texts,
    require_allowed_texts,
)
from escorts.domain.offer import Location
from escorts.domain.profiles import Attributes, Content
from kit.errors import Invalid

MIGRATION = Path(__file__).parents[3] / "migrations/0003.escorts.sql"
SEED = MIGRATION.read_text().partition("INSERT INTO escorts.blocked_terms")[2].partition(";")[0]
ROW = re.compile(r"\('([a-z0-9 ]+)', '([a-z-]+)', '(refuse|review)'\)")
TERMS = [BlockedTerm(a, b, TermAction(c)) for a, b, c in ROW.findall(SEED)]
REFUSED = [term for term in TERMS if term.action is TermAction.REFUSE]
# Letters in common disguises; digits stay, since they are no letters to begin with.
DISGUISES = {
    "a": "aA4@àа",
    "e": "eE3éе",  # noqa: RUF001
    "i": "iI1ìі",  # noqa: RUF001
    "l": "lL1",
    "o": "oO0öο",  # noqa: RUF001
    "s": "sS5$ѕ",  # noqa: RUF001
    "t": "tT7",
    "g": "gG9",
    "b": "bB8",
    "x": "xXх",  # noqa: RUF001
}
SEPARATORS = ["", "", ".", " ", "-", "_", "*", "\u200b", "\u00ad", " . "]


@st.composite
def disguised(draw: st.DrawFn) -> str:
    words = draw(st.sampled_from(REFUSED)).term.split()
    apart = draw(st.sampled_from(SEPARATORS))
    ones = draw(st.sampled_from("il"))
    shown = []
    for word in words:
        letters = [draw(st.sampled_from(DISGUISES.get(letter, letter))) for letter in word]
        # A writer uses 1 as i or as l, not as both.
        letters = [
            plain if sign == "1" and plain in "il" and plain != ones else sign
            for plain, sign in zip(word, letters, strict=True)
        ]
        shown.append(apart.join(letters))
    # Writers who put spaces between letters put them between words, too.
    between = ["  ", apart] if " " in apart else [" ", "", "-", "  "]
    return draw(st.sampled_from(between)).join(shown)


def bio_texts(text: str) -> dict[str, str]:
    return {"bio": text}


def test_seed_terms_are_read_from_migration() -> None:
    assert len(TERMS) == SEED.count("\n    ('")
    assert {term.reason for term in TERMS} == {"minors", "coercion", "third-party"}


@pytest.mark.parametrize("term", REFUSED, ids=lambda term: term.term)
def test_refused_term_is_refused(term: BlockedTerm) -> None:
    for text in (term.term, f"Really, {term.term.upper()}!", f"x\n{term.term}s.", f"«{term.term}»"):
        with pytest.raises(Invalid) as refused:
            require_allowed_texts(bio_texts(text), TERMS)
        assert refused.value.field == "bio"
        assert term.term not in refused.value.message


@given(disguised())
def test_random_disguises_are_found(text: str) -> None:
    with pytest.raises(Invalid):
        require_allowed_texts(bio_texts(f"Welcome! {text}, yes"), TERMS)


@pytest.mark.parametrize(
    "text",
    [
        "t33n", "T E E N", "t.e.e.n", "te-en", "teeeeen", "ｔｅｅｎ", "tееn", "t\u00ade\u200ben",  # noqa: RUF001
        "5ch00lg1rl", "school_girls", "SchoolGirl", "17yo", "17 y.o.", "b4rely l3gal", "l0l1ta",
    ],
)  # fmt: skip
def test_known_disguises_are_found(text: str) -> None:
    with pytest.raises(Invalid):
        require_allowed_texts(bio_texts(text), TERMS)


@pytest.mark.parametrize(
    "text",
    [
        "Curious, calm, and fond of long dinners.",
        "Fourteen languages, thirteen cats, a canteen in Steenwijk.",
        "Scholarship, old school, girl next door at heart.",
        "I am 27 years old; dates of 17 hours are fine. 1995 was a good year.",
        "A 5* hotel, 100 EUR, 24/7, size 38, 90-60-90, e-mail me.",
        "I b e l i e v e in slow mornings.",
        "Ich mag es langsam. J'aime le thé en été. Été comme hiver, te en veux plus.",
        "Я люблю театр и долгие ужины.",
        "",
    ],
)
def test_harmless_text_passes(text: str) -> None:
    assert require_allowed_texts(bio_texts(text), TERMS) == []


def test_ambiguous_term_is_left_to_moderator() -> None:
    (hit,) = require_allowed_texts(bio_texts("Nobody under 18, please."), TERMS)

    assert (hit.field, hit.term.term, hit.term.reason) == ("bio", "under 18", "minors")


def test_profile_texts_cover_every_text_field() -> None:
    content = Content(
        name="Mira",
        city="berlin",
        bio="b",
        attributes=Attributes(170, 60, "m", "h", "e", "t"),
        locations=(Location("Mitte", None, None), Location("Kiez", None, None)),
    )

    assert profile_texts(content, "mira") == {
        "name": "Mira", "bio": "b", "measurements": "m", "hairColor": "h", "eyeColor": "e",
        "ethnicity": "t", "slug": "mira", "locations.0.place": "Mitte",
        "locations.1.place": "Kiez",
    }  # fmt: skip
    assert profile_texts(Content(name="Mira", city="berlin")) == {"name": "Mira"}


def test_changed_texts_contain_only_new_texts() -> None:
    old = {"bio": "a", "locations.0.place": "Mitte", "locations.1.place": "Kiez"}

    assert changed_texts(old | {"locations.0.place": "Kiez"}, old) == {}
    assert changed_texts({"bio": "b", "name": "c"}, old) == {"bio": "b", "name": "c"}


@given(st.text(max_size=200))
def test_find_terms_accepts_any_text(text: str) -> None:
    texts = bio_texts(text)
    found = {hit.term for hit in find_terms(texts, TERMS)}
    is_refused = any(term.action is TermAction.REFUSE for term in found)
    try:
        matches = require_allowed_texts(texts, TERMS)
    except Invalid:
        assert is_refused
    else:
        assert not is_refused
        assert {hit.term for hit in matches} == found
