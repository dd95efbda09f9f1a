"""Reading texts that may not be fit for the public: the owner's side, and the moderators'."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from escorts.domain.blocked_terms import BlockedTerm, Hit, TermAction, hits, texts_of
from escorts.domain.text_moderation import (
    TextDecision,
    TextOutcome,
    TextReview,
    digest,
    seen_of,
    still_said,
    unread,
)
from escorts.service.public_profiles import parse_id
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.pagination import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from escorts.domain.profiles import Profile
    from escorts.publisher import Publisher
    from escorts.repository import Profiles, Verifications
    from escorts.repository.text_moderation import TextReviews
    from kit.clock import Clock


@dataclass(frozen=True, slots=True)
class ToRead:
    """A text that waits, with everything of its profile that says the term."""

    review: TextReview
    profile: "Profile"
    texts: Mapping[str, str]

    @property
    def seen(self) -> str:
        """What a decision about it names."""
        return seen_of(self.texts)


def follow(
    reviews: "TextReviews",
    profile: "Profile",
    doubtful: Iterable[Hit],
    at: datetime,
) -> None:
    """Note what is to be read of a profile as it is saved now; what is no longer said is settled."""
    texts = texts_of(profile.content, profile.slug)
    allowed = reviews.allowed(profile.id)
    reviews.note(profile.id, unread(doubtful, texts, allowed), at)
    asked = {item.term for item in reviews.standing(profile.id)}
    if not asked:
        return
    gone = asked - still_said(hits(texts, map(_as_term, asked)), texts, allowed)
    reviews.settle(profile.id, gone, TextOutcome.CHANGED, profile.user_id, at)
    reviews.end(profile.id, gone, at)


@dataclass(frozen=True, slots=True)
class TextModeration:
    """The use cases of moderators, on one transaction."""

    reviews: "TextReviews"
    profiles: "Profiles"
    log: "Verifications"
    publisher: "Publisher"
    now: "Clock"

    def queue(self, cursor: str | None, limit: int) -> tuple[list[ToRead], str | None]:
        """Return what waits to be read, longest first."""
        last = parse_id(str(decode_cursor(cursor, {"after": str})["after"])) if cursor else None
        found = self.reviews.waiting(last, limit + 1)
        shown = found[:limit]
        profiles = self.reviews.profiles({item.profile_id for item in shown})
        items = [_to_read(item, profiles[item.profile_id]) for item in shown]
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
        item = _to_read(review, profile)
        if item.seen != seen:
            raise Conflict(
                "text-changed", "Its owner has changed the text since you read it: read it again."
            )
        self._settle(staff, item, decision, reason)
        return self._review(review_id)

    def _settle(
        self, staff: UUID, item: ToRead, decision: TextDecision, reason: str | None
    ) -> None:
        review, profile, at = item.review, item.profile, self.now()
        # One decision for the term: whatever stood because of it is decided about again.
        self.reviews.end(profile.id, [review.term], at)
        self.reviews.settle(
            profile.id,
            [review.term],
            TextOutcome(decision),
            staff,
            at,
            digests=[digest(text) for text in item.texts.values()],
            explanation=reason,
        )
        self.log.record(
            staff,
            f"text.{decision}",
            profile.id,
            at,
            reason=reason,
            details={"reviewId": str(review.id), "field": review.field, "term": review.term},
        )
        self.publisher.text_reviewed(review, profile.user_id, decision)

    def _profile(self, staff: UUID, review_id: UUID) -> "Profile":
        profile = self.profiles.for_change(self._review(review_id).profile_id)
        if profile is None:
            raise _no_such_text()
        if profile.user_id == staff:
            raise Forbidden("own-profile", "Somebody else has to decide about your own profile.")
        return profile

    def _review(self, review_id: UUID) -> TextReview:
        review = self.reviews.by_id(review_id)
        if review is None:
            raise _no_such_text()
        return review


def _to_read(review: TextReview, profile: "Profile") -> ToRead:
    texts = texts_of(profile.content, profile.slug)
    fields = {hit.field for hit in hits(texts, [_as_term(review.term)])}
    return ToRead(review, profile, {name: text for name, text in texts.items() if name in fields})


def _as_term(term: str) -> BlockedTerm:
    return BlockedTerm(term, "", TermAction.REVIEW)


def _require_same(
    review: TextReview, staff: UUID, decision: TextDecision, reason: str | None
) -> None:
    done = (review.settled_by, str(review.outcome), review.explanation)
    if done != (staff, str(decision), reason):
        raise Conflict(
            "text-decided",
            "This text has been decided about already, or its owner has changed it.",
        )


def _no_such_text() -> NotFound:
    return NotFound("no-such-text", "There is no such text to read.")
