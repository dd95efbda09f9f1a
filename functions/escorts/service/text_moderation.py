"""Moderation of profile texts: adding reviews on save, and deciding about them."""

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
from escorts.service.public_profiles import parse_id
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.i18n import gettext as _
from kit.pagination import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from escorts.domain.profiles import Profile
    from escorts.publisher import ProfileEvents
    from escorts.repository import Profiles, Verifications
    from escorts.repository.text_moderation import TextReviews
    from kit.clock import Clock


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Pending review with the profile's texts that contain the term."""

    review: TextReview
    profile: "Profile"
    texts: Mapping[str, str]

    @property
    def content_digest(self) -> str:
        """Digest that a decision about this review must name."""
        return content_digest(self.texts)


def apply_review_policy(
    reviews: "TextReviews",
    profile: "Profile",
    matches: Iterable[TermMatch],
    at: datetime,
) -> None:
    """Add reviews for a profile as it is saved now, and close those whose term is absent."""
    texts = profile_texts(profile.content, profile.slug)
    allowed = reviews.allowed_digests(profile.id)
    reviews.add_pending(profile.id, pending_review(matches, texts, allowed), at)
    open_terms = {item.term for item in reviews.list_open(profile.id)}
    if not open_terms:
        return
    absent = open_terms - still_present(
        find_terms(texts, map(_as_term, open_terms)), texts, allowed
    )
    reviews.close_pending(profile.id, absent, TextOutcome.CHANGED, profile.user_id, at)
    reviews.end_refusals(profile.id, absent, at)


@dataclass(frozen=True, slots=True)
class TextModeration:
    """Service for moderators, on one transaction."""

    reviews: "TextReviews"
    profiles: "Profiles"
    verifications: "Verifications"
    events: "ProfileEvents"
    now: "Clock"

    def list_pending(self, cursor: str | None, limit: int) -> tuple[list[ReviewItem], str | None]:
        """Return pending reviews, the longest waiting first."""
        last = parse_id(str(decode_cursor(cursor, {"after": str})["after"])) if cursor else None
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
        """Allow the reviewed texts, or refuse them, which takes the profile off the directory until they change.

        Repeating one's own decision is harmless; of two moderators the first one decides.
        """
        if decision is TextDecision.REFUSED and not reason:
            raise Invalid(
                "reason-missing",
                _("Enter a reason: the provider reads it and can correct it."),
                field="reason",
            )
        reason = reason if decision is TextDecision.REFUSED else None
        profile = self._profile(staff, review_id)
        # Read the review again under the lock: another moderator may have decided meanwhile.
        review = self._review(review_id)
        if review.outcome is not None:
            _require_same(review, staff, decision, reason)
            return review
        item = _review_item(review, profile)
        if item.content_digest != seen:
            raise Conflict(
                "text-changed",
                _("Its owner has changed the text since you read it: read it again."),
            )
        self._record_decision(staff, item, decision, reason)
        return self._review(review_id)

    def _record_decision(
        self, staff: UUID, item: ReviewItem, decision: TextDecision, reason: str | None
    ) -> None:
        review, profile, at = item.review, item.profile, self.now()
        # One decision for the term: it replaces an active refusal because of the same term.
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
            raise Forbidden(
                "own-profile", _("Another moderator has to decide about your own profile.")
            )
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
            _("This text has been decided about already, or its owner has changed it."),
        )


def _review_not_found() -> NotFound:
    return NotFound("no-such-text", _("There is no such text to review."))
