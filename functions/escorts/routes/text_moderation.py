"""Routes of text moderation (H13)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from escorts.moderation_dependencies import Moderator, TextModerationDep
from escorts.schemas.requests import QueueQuery
from escorts.schemas.text_moderation import TextDecisionBody, TextReviewItem, TextReviewView
from kit.http import API, Page

router = APIRouter(prefix=f"{API}/escorts/text-reviews", tags=["escorts staff"])


@router.get("")
async def read_text_reviews(
    query: Annotated[QueueQuery, Query()], _staff: Moderator, moderation: TextModerationDep
) -> Page[TextReviewItem]:
    """Return pending text reviews, the longest waiting first."""
    items, cursor = moderation.list_pending(query.cursor, query.limit)
    return Page[TextReviewItem](
        items=[TextReviewItem.from_domain(item) for item in items], next_cursor=cursor
    )


@router.post("/{review_id}")
async def decide_text(
    review_id: UUID, body: TextDecisionBody, staff: Moderator, moderation: TextModerationDep
) -> TextReviewView:
    """Allow a text, or refuse it, which takes the profile off the directory until its owner changes the text.

    409 if another moderator decided first, or the texts have changed. Repeating it is harmless.
    """
    decided = moderation.decide(
        staff.user_id, review_id, body.decision, seen=body.seen, reason=body.reason
    )
    return TextReviewView.from_domain(decided)
