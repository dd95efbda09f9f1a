"""Review of texts by a moderator, before or after they are public (H13).

A review is about one term in a profile's texts. The decision holds for exactly the texts that the moderator
read:
other texts with the same term are reviewed again. An active refusal takes the profile off the directory.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from escorts.domain.blocked_terms import TermMatch
from kit.i18n import N_
from kit.i18n import gettext as _


class TextDecision(StrEnum):
    """Decision of a moderator."""

    ALLOWED = "allowed"
    REFUSED = "refused"


class TextOutcome(StrEnum):
    """Outcome of a review; `changed`: the term is no longer in the texts."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class TextReview:
    """Review of one term in one field, with its decision."""

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
"""Digests of the texts that a moderator allowed, by term."""


def text_digest(text: str) -> bytes:
    """Return a digest that identifies a text without storing it."""
    return sha256(text.encode()).digest()


def content_digest(texts: Mapping[str, str]) -> str:
    """Return a digest of the reviewed texts, so that a decision applies to these texts and no others."""
    return sha256(b"".join(sorted(map(text_digest, texts.values())))).hexdigest()


def still_present(
    hits: Iterable[TermMatch], texts: Mapping[str, str], allowed: AllowedDigests
) -> set[str]:
    """Return the terms that are still in texts without a moderator's approval."""
    return {hit.term.term for hit in pending_review(hits, texts, allowed)}


def pending_review(
    hits: Iterable[TermMatch], texts: Mapping[str, str], allowed: AllowedDigests
) -> list[TermMatch]:
    """Return `hits` without those in texts that a moderator has allowed unchanged."""
    return [
        hit for hit in hits if text_digest(texts[hit.field]) not in allowed.get(hit.term.term, ())
    ]


_FIELD_LABELS = {
    "name": N_("name"),
    "bio": N_("text about you"),
    "measurements": N_("measurements"),
    "hairColor": N_("hair"),
    "eyeColor": N_("eyes"),
    "ethnicity": N_("ethnicity"),
    "slug": N_("address"),
}


def field_label(field: str) -> str:
    """Return the label of a field of the API."""
    return _(_FIELD_LABELS[field]) if field in _FIELD_LABELS else _("places")
