"""Texts that a person reads before or after they are public, and what follows from it (H13).

A review is about a term in a profile's texts. The decision is about exactly the words that the
moderator read: other words with the same term are read again, and while a refusal stands, nobody
sees the profile.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from escorts.domain.blocked_terms import TermMatch


class TextDecision(StrEnum):
    """What a moderator says."""

    ALLOWED = "allowed"
    REFUSED = "refused"


class TextOutcome(StrEnum):
    """What became of it; `changed`: it is not said any more."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class TextReview:
    """Something to read, and what was decided."""

    id: UUID
    profile_id: UUID
    field: str
    term: str
    reason: str
    noted_at: datetime
    outcome: TextOutcome | None = None
    explanation: str | None = None
    reviewed_at: datetime | None = None
    reviewed_by: UUID | None = None


type AllowedDigests = Mapping[str, Collection[bytes]]
"""Term -> digests of the texts in which a moderator has allowed it."""


def text_digest(text: str) -> bytes:
    """Return what names a text without holding it."""
    return sha256(text.encode()).digest()


def content_digest(texts: Mapping[str, str]) -> str:
    """Return what a decision says it is about: these texts and no others."""
    return sha256(b"".join(sorted(map(text_digest, texts.values())))).hexdigest()


def still_present(
    hits: Iterable[TermMatch], texts: Mapping[str, str], allowed: AllowedDigests
) -> set[str]:
    """Return the terms that the texts say where nobody has allowed it."""
    return {hit.term.term for hit in pending_review(hits, texts, allowed)}


def pending_review(
    hits: Iterable[TermMatch], texts: Mapping[str, str], allowed: AllowedDigests
) -> list[TermMatch]:
    """Return `hits` without those in texts that a moderator has allowed as they are."""
    return [
        hit for hit in hits if text_digest(texts[hit.field]) not in allowed.get(hit.term.term, ())
    ]


_FIELD_LABELS = {
    "name": "name",
    "bio": "text about you",
    "measurements": "measurements",
    "hairColor": "hair",
    "eyeColor": "eyes",
    "ethnicity": "ethnicity",
    "slug": "address",
}


def field_label(field: str) -> str:
    """Return how people call a field of the API."""
    return _FIELD_LABELS.get(field, "places")
