"""Text reviews in the JSON API."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from escorts.domain.text_moderation import TextDecision, TextOutcome, TextReview
from escorts.schemas.fields import Reason
from escorts.service.text_moderation import ReviewItem
from kit.http import Request, Response


class ExcerptView(Response):
    """Text that contains the term, with the API's name of its field."""

    field: str
    text: str


class TextReviewItem(Response):
    """Pending text review. `seen` is a digest of these texts: send it along with the decision."""

    id: UUID
    profile_id: UUID
    name: str
    city_name: str
    country: str
    field: str
    term: str
    reason: str
    noted_at: datetime
    texts: list[ExcerptView]
    seen: str

    @classmethod
    def from_domain(cls, item: ReviewItem) -> Self:
        """Build the response from a pending review."""
        review, profile = item.review, item.profile
        return cls(
            id=review.id,
            profile_id=profile.id,
            name=profile.content.name,
            city_name=profile.city_name,
            country=profile.country,
            field=review.field,
            term=review.term,
            reason=review.reason,
            noted_at=review.noted_at,
            texts=[ExcerptView(field=name, text=text) for name, text in item.texts.items()],
            seen=item.content_digest,
        )


class TextReviewView(Response):
    """Decision about a text."""

    id: UUID
    profile_id: UUID
    outcome: TextOutcome | None
    explanation: str | None
    settled_at: datetime | None

    @classmethod
    def from_domain(cls, review: TextReview) -> Self:
        """Build the response from a review."""
        return cls(
            id=review.id,
            profile_id=review.profile_id,
            outcome=review.outcome,
            explanation=review.explanation,
            settled_at=review.reviewed_at,
        )


class TextDecisionBody(Request):
    """Decision of a moderator; `refused` needs a reason, which the provider reads."""

    decision: TextDecision
    seen: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="As the queue gave it: the decision is about those words and no others."
    )
    reason: Reason | None = None
