"""From what happened to a profile to a contract event in the outbox."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts import escorts as events
from escorts.domain.publication import PublicationAction
from escorts.domain.text_moderation import TextDecision, TextReview
from escorts.domain.verification import Verification
from kit.events import Event
from kit.outbox import Outbox

type Decision = Literal["verified", "rejected", "revoked"]
type SlugReader = Callable[[UUID], Sequence[str]]

_ACTION_EVENTS: dict[PublicationAction, Callable[[UUID], Event]] = {
    PublicationAction.WITHDRAW: lambda profile_id: events.ProfileUnpublished(profile_id=profile_id),
    PublicationAction.HIDE: lambda profile_id: events.ProfilePaused(profile_id=profile_id),
    PublicationAction.SHOW: lambda profile_id: events.ProfileResumed(profile_id=profile_id),
    PublicationAction.SUSPEND: lambda profile_id: events.ProfileSuspended(profile_id=profile_id),
    PublicationAction.RESTORE: lambda profile_id: events.ProfileRestored(profile_id=profile_id),
}

_DELISTING_ACTIONS = {PublicationAction.WITHDRAW, PublicationAction.HIDE, PublicationAction.SUSPEND}


class ProfileEvents:
    """Says what happened, in the transaction that made it true."""

    def __init__(self, outbox: Outbox, read_slugs: SlugReader) -> None:
        self._outbox = outbox
        self._read_slugs = read_slugs

    def emit_created(self, profile_id: UUID) -> None:
        """A draft exists."""
        self._outbox.add(events.ProfileCreated(profile_id=profile_id))

    def emit_updated(self, profile_id: UUID, version: int) -> None:
        """The content is another."""
        self._outbox.add(events.ProfileUpdated(profile_id=profile_id, profile_version=version))
        self._emit_pages_invalidated(profile_id)

    def emit_availability_changed(self, profile_id: UUID) -> None:
        """The provider's time or place is another."""
        self._outbox.add(events.AvailabilityChanged(profile_id=profile_id))
        self._emit_pages_invalidated(profile_id)

    def emit_inactivity_warned(self, profile_id: UUID, user_id: UUID, hides_at: datetime) -> None:
        """Nobody has seen its owner for long: it will be hidden."""
        self._outbox.add(
            events.ProfileInactivityWarned(
                profile_id=profile_id, user_id=user_id, hides_at=hides_at
            )
        )

    def emit_auto_hidden(self, profile_id: UUID, user_id: UUID) -> None:
        """It is hidden until its owner shows it again."""
        self._outbox.add(events.ProfileAutoHidden(profile_id=profile_id, user_id=user_id))
        self._emit_delisted(profile_id)

    def emit_published(self, profile_id: UUID, consent_version: int) -> None:
        """Its owner wants it public."""
        self._outbox.add(
            events.ProfilePublished(profile_id=profile_id, consent_version=consent_version)
        )

    def emit_publication_action(self, profile_id: UUID, action: PublicationAction) -> None:
        """Its owner or staff changed its visibility (publishing has `published`)."""
        self._outbox.add(_ACTION_EVENTS[action](profile_id))
        if action in _DELISTING_ACTIONS:
            self._emit_delisted(profile_id)

    def emit_verification_requested(self, verification: Verification) -> None:
        """A provider asks to be verified."""
        self._outbox.add(
            events.VerificationRequested(
                profile_id=verification.profile_id, verification_id=verification.id
            )
        )

    def emit_verification_decided(self, verification: Verification, decision: Decision) -> None:
        """A member of staff decided."""
        self._outbox.add(
            events.VerificationDecided(
                profile_id=verification.profile_id,
                verification_id=verification.id,
                decision=decision,
                expires_at=verification.expires_at if decision == "verified" else None,
            )
        )
        if decision != "verified":
            self._emit_delisted(verification.profile_id)

    def emit_text_moderated(
        self, review: TextReview, user_id: UUID, decision: TextDecision
    ) -> None:
        """A moderator has read a text; one that is refused takes the profile off the public."""
        self._outbox.add(
            events.TextModerated(
                profile_id=review.profile_id,
                user_id=user_id,
                review_id=review.id,
                decision=decision.value,
            )
        )
        if decision is TextDecision.REFUSED:
            self._emit_delisted(review.profile_id)

    def emit_verification_expired(self, profile_id: UUID, verification_id: UUID) -> None:
        """Its time has passed."""
        self._outbox.add(
            events.VerificationExpired(profile_id=profile_id, verification_id=verification_id)
        )

    def emit_closed(self, profile_id: UUID) -> None:
        """The account is gone; say so while the profile still has its addresses."""
        self._outbox.add(events.ProfileClosed(profile_id=profile_id))
        self._emit_delisted(profile_id)

    def emit_account_suspended(self, profile_id: UUID) -> None:
        """The account behind it is suspended: the gate is closed for as long as that lasts."""
        self._emit_delisted(profile_id)

    def emit_saved_search_matched(self, user_id: UUID, search_id: UUID, count: int) -> UUID:
        """Somebody's saved search has newcomers; return the event's id."""
        event = events.SavedSearchMatched(user_id=user_id, saved_search_id=search_id, count=count)
        self._outbox.add(event)
        return event.id

    # What the edge keeps goes in any case; that a verification runs out, it was told beforehand.

    def _emit_delisted(self, profile_id: UUID) -> None:
        slugs = list(self._read_slugs(profile_id))
        self._outbox.add(events.ProfileDelisted(profile_id=profile_id, slugs=slugs))

    def _emit_pages_invalidated(self, profile_id: UUID) -> None:
        slugs = list(self._read_slugs(profile_id))
        self._outbox.add(events.ProfilePagesInvalidated(profile_id=profile_id, slugs=slugs))
