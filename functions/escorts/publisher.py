"""Mapper from changes of a profile to contract events in the outbox."""

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
    """Writer of profile events, in the transaction that makes the change."""

    def __init__(self, outbox: Outbox, read_slugs: SlugReader) -> None:
        self._outbox = outbox
        self._read_slugs = read_slugs

    def emit_created(self, profile_id: UUID) -> None:
        """Emit ProfileCreated for a new draft."""
        self._outbox.add(events.ProfileCreated(profile_id=profile_id))

    def emit_updated(self, profile_id: UUID, version: int) -> None:
        """Emit ProfileUpdated and invalidate the profile's pages."""
        self._outbox.add(events.ProfileUpdated(profile_id=profile_id, profile_version=version))
        self._emit_pages_invalidated(profile_id)

    def emit_availability_changed(self, profile_id: UUID) -> None:
        """Emit AvailabilityChanged and invalidate the profile's pages."""
        self._outbox.add(events.AvailabilityChanged(profile_id=profile_id))
        self._emit_pages_invalidated(profile_id)

    def emit_inactivity_warned(self, profile_id: UUID, user_id: UUID, hides_at: datetime) -> None:
        """Emit ProfileInactivityWarned: the profile will be hidden because its owner was not seen for long."""
        self._outbox.add(
            events.ProfileInactivityWarned(
                profile_id=profile_id, user_id=user_id, hides_at=hides_at
            )
        )

    def emit_auto_hidden(self, profile_id: UUID, user_id: UUID) -> None:
        """Emit ProfileAutoHidden: the profile is hidden until its owner shows it again."""
        self._outbox.add(events.ProfileAutoHidden(profile_id=profile_id, user_id=user_id))
        self._emit_delisted(profile_id)

    def emit_published(self, profile_id: UUID, consent_version: int) -> None:
        """Emit ProfilePublished with the version of the statement that the owner agreed to."""
        self._outbox.add(
            events.ProfilePublished(profile_id=profile_id, consent_version=consent_version)
        )

    def emit_publication_action(self, profile_id: UUID, action: PublicationAction) -> None:
        """Emit the event of an action by owner or staff on the visibility (publishing has `emit_published`)."""
        self._outbox.add(_ACTION_EVENTS[action](profile_id))
        if action in _DELISTING_ACTIONS:
            self._emit_delisted(profile_id)

    def emit_verification_requested(self, verification: Verification) -> None:
        """Emit VerificationRequested for a new request."""
        self._outbox.add(
            events.VerificationRequested(
                profile_id=verification.profile_id, verification_id=verification.id
            )
        )

    def emit_verification_decided(self, verification: Verification, decision: Decision) -> None:
        """Emit VerificationDecided for a decision of a staff member."""
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
        """Emit TextModerated; a refused text also delists the profile."""
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
        """Emit VerificationExpired for a verification past its end."""
        self._outbox.add(
            events.VerificationExpired(profile_id=profile_id, verification_id=verification_id)
        )

    def emit_closed(self, profile_id: UUID) -> None:
        """Emit ProfileClosed; call this while the profile still has its slugs."""
        self._outbox.add(events.ProfileClosed(profile_id=profile_id))
        self._emit_delisted(profile_id)

    def emit_account_suspended(self, profile_id: UUID) -> None:
        """Delist the profile of a suspended account.

        The visibility view excludes the profile for as long as the suspension lasts.
        """
        self._emit_delisted(profile_id)

    def emit_saved_search_matched(self, user_id: UUID, search_id: UUID, count: int) -> UUID:
        """Emit SavedSearchMatched for new listings of a saved search, and return the event's id."""
        event = events.SavedSearchMatched(user_id=user_id, saved_search_id=search_id, count=count)
        self._outbox.add(event)
        return event.id

    # The CDN drops its copies in any case. For the end of a verification no invalidation is needed: cached answers
    # expire by then.

    def _emit_delisted(self, profile_id: UUID) -> None:
        slugs = list(self._read_slugs(profile_id))
        self._outbox.add(events.ProfileDelisted(profile_id=profile_id, slugs=slugs))

    def _emit_pages_invalidated(self, profile_id: UUID) -> None:
        slugs = list(self._read_slugs(profile_id))
        self._outbox.add(events.ProfilePagesInvalidated(profile_id=profile_id, slugs=slugs))
