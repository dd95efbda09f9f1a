"""Texts that moderators read, in the JSON API."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from escorts.domain.text_moderation import TextDecision, TextOutcome, TextReview
from escorts.schemas.fields import Reason
from escorts.service.text_moderation import ReviewItem
from kit.http import Request, Response


class ExcerptView(Response):
    """A text in which the term is found, by the API's name of its field."""

    field: str
    text: str


class TextReviewItem(Response):
    """A text that waits to be read. `seen` names these words: send it along with the decision."""

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
        """Show an entry of the queue."""
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
    """What was decided about a text."""

    id: UUID
    profile_id: UUID
    outcome: TextOutcome | None
    explanation: str | None
    settled_at: datetime | None

    @classmethod
    def from_domain(cls, review: TextReview) -> Self:
        """Show a decision."""
        return cls(
            id=review.id,
            profile_id=review.profile_id,
            outcome=review.outcome,
            explanation=review.explanation,
            settled_at=review.reviewed_at,
        )


class TextDecisionBody(Request):
    """What a moderator says; `refused` needs a reason, which the provider reads."""

    decision: TextDecision
    seen: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="As the queue gave it: the decision is about those words and no others."
    )
    reason: Reason | None = None
