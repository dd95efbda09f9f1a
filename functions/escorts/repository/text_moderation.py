"""Table `escorts.text_reviews`: pending reviews and decisions of moderators."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from escorts.domain.blocked_terms import TermMatch
from escorts.domain.profiles import Profile
from escorts.domain.text_moderation import TextOutcome, TextReview
from escorts.repository.mappers import Row, to_profile
from kit.db import UnitOfWork
from kit.ids import new_id

_COLUMNS = (
    "id, profile_id, field, term, reason, noted_at, outcome, explanation, reviewed_at, reviewed_by"
)
_PENDING = f"""
SELECT {_COLUMNS} FROM escorts.text_reviews
WHERE reviewed_at IS NULL AND id > %s ORDER BY id LIMIT %s
"""  # noqa: S608 - column names of ours
_CLOSE_PENDING = """
UPDATE escorts.text_reviews
SET outcome = %(outcome)s, explanation = %(explanation)s, digests = %(digests)s,
    reviewed_at = %(at)s, reviewed_by = %(by)s
WHERE profile_id = %(profile)s AND term = ANY (%(terms)s) AND reviewed_at IS NULL
"""
_END_REFUSALS = """
UPDATE escorts.text_reviews SET ended_at = %s
WHERE profile_id = %s AND term = ANY (%s) AND outcome = 'refused' AND ended_at IS NULL
"""


class TextReviews:
    """Pending and decided text reviews."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def add_pending(self, profile_id: UUID, hits: Iterable[TermMatch], at: datetime) -> None:
        """Add a pending review per match, unless the same one is pending already."""
        for hit in hits:
            self._work.execute(
                """
                INSERT INTO escorts.text_reviews (id, profile_id, field, term, reason, noted_at)
                VALUES (%s, %s, %s, %s, %s, %s)
                ON CONFLICT (profile_id, field, term) WHERE reviewed_at IS NULL DO NOTHING
                """,
                (new_id(), profile_id, hit.field, hit.term.term, hit.term.reason, at),
            )

    def list_pending(self, after: UUID | None, limit: int) -> list[TextReview]:
        """Return pending reviews, the longest waiting first."""
        rows = self._work.execute(_PENDING, (after or UUID(int=0), limit))
        return [_review(row) for row in rows]

    def by_id(self, review_id: UUID) -> TextReview | None:
        """Return one review, decided or not."""
        row = self._work.execute(
            f"SELECT {_COLUMNS} FROM escorts.text_reviews WHERE id = %s",  # noqa: S608
            (review_id,),
        ).fetchone()
        return _review(row) if row else None

    def list_open(self, profile_id: UUID) -> list[TextReview]:
        """Return the profile's pending reviews and active refusals."""
        rows = self._work.execute(
            f"""
            SELECT {_COLUMNS} FROM escorts.text_reviews
            WHERE profile_id = %s AND ended_at IS NULL
                AND (reviewed_at IS NULL OR outcome = 'refused') ORDER BY id
            """,  # noqa: S608 - column names of ours
            (profile_id,),
        )
        return [_review(row) for row in rows]

    def allowed_digests(self, profile_id: UUID) -> dict[str, set[bytes]]:
        """Return for each term the digests of the texts in which it is allowed."""
        rows = self._work.execute(
            """
            SELECT term, digests FROM escorts.text_reviews
            WHERE profile_id = %s AND outcome = 'allowed'
            """,
            (profile_id,),
        )
        found: dict[str, set[bytes]] = {}
        for row in rows:
            found.setdefault(row["term"], set()).update(map(bytes, row["digests"]))
        return found

    def close_pending(
        self,
        profile_id: UUID,
        terms: Collection[str],
        outcome: TextOutcome,
        by: UUID,
        at: datetime,
        *,
        digests: Sequence[bytes] = (),
        explanation: str | None = None,
    ) -> None:
        """Close the profile's pending reviews of these terms with an outcome."""
        self._work.execute(
            _CLOSE_PENDING,
            {
                "profile": profile_id,
                "terms": list(terms),
                "outcome": outcome,
                "explanation": explanation,
                "digests": list(digests),
                "at": at,
                "by": by,
            },
        )

    def end_refusals(self, profile_id: UUID, terms: Collection[str], at: datetime) -> None:
        """End the active refusals of these terms."""
        self._work.execute(_END_REFUSALS, (at, profile_id, list(terms)))

    def get_profiles(self, ids: Collection[UUID]) -> dict[UUID, Profile]:
        """Return the profiles with these ids."""
        rows = self._work.execute(
            "SELECT * FROM escorts.profile_records WHERE id = ANY (%s)", (list(ids),)
        )
        return {row["id"]: to_profile(row) for row in rows}


def _review(row: Row) -> TextReview:
    outcome = row["outcome"]
    return TextReview(**{**row, "outcome": TextOutcome(outcome) if outcome else None})
