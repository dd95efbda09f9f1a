"""Text reviews: a decision applies to exactly the reviewed texts."""

import pytest

from escorts.domain.blocked_terms import BlockedTerm, TermAction, find_terms
from escorts.domain.text_moderation import (
    content_digest,
    field_label,
    pending_review,
    still_present,
    text_digest,
)

TERM = BlockedTerm("under 18", "minors", TermAction.REVIEW)
TEXTS = {"bio": "Nobody under 18.", "name": "Mira", "ethnicity": "under  18"}


def matched_fields() -> list[str]:
    return [hit.field for hit in find_terms(TEXTS, [TERM])]


def test_pending_review_finds_every_field_with_term() -> None:
    assert matched_fields() == ["bio", "ethnicity"]


def test_allowed_text_needs_no_review() -> None:
    allowed = {TERM.term: {text_digest(TEXTS["bio"])}}

    assert [hit.field for hit in pending_review(find_terms(TEXTS, [TERM]), TEXTS, allowed)] == [
        "ethnicity"
    ]
    assert still_present(find_terms(TEXTS, [TERM]), TEXTS, allowed) == {TERM.term}
    allowed[TERM.term].add(text_digest(TEXTS["ethnicity"]))
    assert still_present(find_terms(TEXTS, [TERM]), TEXTS, allowed) == set()


def test_text_allowed_for_one_term_is_pending_for_another() -> None:
    allowed = {"minor": {text_digest(text) for text in TEXTS.values()}}

    assert still_present(find_terms(TEXTS, [TERM]), TEXTS, allowed) == {TERM.term}


def test_content_digest_ignores_fields() -> None:
    seen = content_digest(TEXTS)

    assert seen == content_digest(dict(reversed(TEXTS.items())))
    assert len(seen) == 64
    for field in TEXTS:
        assert seen != content_digest(TEXTS | {field: TEXTS[field] + "!"})


@pytest.mark.parametrize(
    ("field", "words"),
    [("bio", "text about you"), ("slug", "address"), ("locations.2.place", "places")],
)
def test_field_label_returns_readable_name(field: str, words: str) -> None:
    assert field_label(field) == words
