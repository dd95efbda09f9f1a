"""Reading texts that may not be fit for the public: the owner's side, and the moderators'."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from escorts.domain.blocked_terms import (
    BlockedTerm,
    TermAction,
    TermMatch,
    find_terms,
    profile_texts,
)
from escorts.domain.text_moderation import (
    TextDecision,
    TextOutcome,
    TextReview,
    content_digest,
    pending_review,
    still_present,
    text_digest,
)
from escorts.service.public_profiles import as_id
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.pagination import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from escorts.domain.profiles import Profile
    from escorts.publisher import ProfileEvents
    from escorts.repository import Profiles, Verifications
    from escorts.repository.text_moderation import TextReviews
    from kit.clock import Clock


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A text that waits, with everything of its profile that says the term."""

    review: TextReview
    profile: "Profile"
    texts: Mapping[str, str]

    @property
    def content_digest(self) -> str:
        """What a decision about it names."""
        return content_digest(self.texts)


def apply_review_policy(
    reviews: "TextReviews",
    profile: "Profile",
    doubtful: Iterable[TermMatch],
    at: datetime,
) -> None:
    """Note what is to be read of a profile as it is saved now; what is no longer said is settled."""
    texts = profile_texts(profile.content, profile.slug)
    allowed = reviews.allowed_digests(profile.id)
    reviews.add_pending(profile.id, pending_review(doubtful, texts, allowed), at)
    asked = {item.term for item in reviews.list_open(profile.id)}
    if not asked:
        return
    gone = asked - still_present(find_terms(texts, map(_as_term, asked)), texts, allowed)
    reviews.close_pending(profile.id, gone, TextOutcome.CHANGED, profile.user_id, at)
    reviews.end_refusals(profile.id, gone, at)


@dataclass(frozen=True, slots=True)
class TextModeration:
    """The use cases of moderators, on one transaction."""

    reviews: "TextReviews"
    profiles: "Profiles"
    verifications: "Verifications"
    events: "ProfileEvents"
    now: "Clock"

    def list_pending(self, cursor: str | None, limit: int) -> tuple[list[ReviewItem], str | None]:
        """Return what waits to be read, longest first."""
        last = as_id(str(decode_cursor(cursor, {"after": str})["after"])) if cursor else None
        found = self.reviews.list_pending(last, limit + 1)
        shown = found[:limit]
        profiles = self.reviews.get_profiles({item.profile_id for item in shown})
        items = [_review_item(item, profiles[item.profile_id]) for item in shown]
        more = len(found) > limit
        return items, encode_cursor({"after": str(shown[-1].id)}) if more else None

    def decide(
        self,
        staff: UUID,
        review_id: UUID,
        decision: TextDecision,
        *,
        seen: str,
        reason: str | None = None,
    ) -> TextReview:
        """Allow what was read, or refuse it: then nobody sees the profile until it is changed.

        Repeating one's own decision is harmless; of two who decide, the first one has.
        """
        if decision is TextDecision.REFUSED and not reason:
            raise Invalid(
                "reason-missing", "Say why: the provider reads it and can mend it.", field="reason"
            )
        reason = reason if decision is TextDecision.REFUSED else None
        profile = self._profile(staff, review_id)
        # Only now that nobody else decides: it may have been decided meanwhile.
        review = self._review(review_id)
        if review.outcome is not None:
            _require_same(review, staff, decision, reason)
            return review
        item = _review_item(review, profile)
        if item.content_digest != seen:
            raise Conflict(
                "text-changed", "Its owner has changed the text since you read it: read it again."
            )
        self._record_decision(staff, item, decision, reason)
        return self._review(review_id)

    def _record_decision(
        self, staff: UUID, item: ReviewItem, decision: TextDecision, reason: str | None
    ) -> None:
        review, profile, at = item.review, item.profile, self.now()
        # One decision for the term: whatever stood because of it is decided about again.
        self.reviews.end_refusals(profile.id, [review.term], at)
        self.reviews.close_pending(
            profile.id,
            [review.term],
            TextOutcome(decision),
            staff,
            at,
            digests=[text_digest(text) for text in item.texts.values()],
            explanation=reason,
        )
        self.verifications.record_action(
            staff,
            f"text.{decision}",
            profile.id,
            at,
            reason=reason,
            details={"reviewId": str(review.id), "field": review.field, "term": review.term},
        )
        self.events.emit_text_moderated(review, profile.user_id, decision)

    def _profile(self, staff: UUID, review_id: UUID) -> "Profile":
        profile = self.profiles.get_for_update(self._review(review_id).profile_id)
        if profile is None:
            raise _review_not_found()
        if profile.user_id == staff:
            raise Forbidden("own-profile", "Somebody else has to decide about your own profile.")
        return profile

    def _review(self, review_id: UUID) -> TextReview:
        review = self.reviews.by_id(review_id)
        if review is None:
            raise _review_not_found()
        return review


def _review_item(review: TextReview, profile: "Profile") -> ReviewItem:
    texts = profile_texts(profile.content, profile.slug)
    fields = {hit.field for hit in find_terms(texts, [_as_term(review.term)])}
    return ReviewItem(
        review, profile, {name: text for name, text in texts.items() if name in fields}
    )


def _as_term(term: str) -> BlockedTerm:
    return BlockedTerm(term, "", TermAction.REVIEW)


def _require_same(
    review: TextReview, staff: UUID, decision: TextDecision, reason: str | None
) -> None:
    done = (review.reviewed_by, str(review.outcome), review.explanation)
    if done != (staff, str(decision), reason):
        raise Conflict(
            "text-decided",
            "This text has been decided about already, or its owner has changed it.",
        )


def _review_not_found() -> NotFound:
    return NotFound("no-such-text", "There is no such text to read.")
