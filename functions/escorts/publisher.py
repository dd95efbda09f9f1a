"""From what happened to a profile to a contract event in the outbox."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts import escorts as events
from escorts.domain.publication import Action
from escorts.domain.text_moderation import TextDecision, TextReview
from escorts.domain.verification import Verification
from kit.events import Event
from kit.outbox import Outbox

type Decision = Literal["verified", "rejected", "revoked"]
type AddressesOf = Callable[[UUID], Sequence[str]]

_MOVED: dict[Action, Callable[[UUID], Event]] = {
    Action.WITHDRAW: lambda profile_id: events.ProfileUnpublished(profile_id=profile_id),
    Action.HIDE: lambda profile_id: events.ProfilePaused(profile_id=profile_id),
    Action.SHOW: lambda profile_id: events.ProfileResumed(profile_id=profile_id),
    Action.SUSPEND: lambda profile_id: events.ProfileSuspended(profile_id=profile_id),
    Action.RESTORE: lambda profile_id: events.ProfileRestored(profile_id=profile_id),
}

_LEAVING = {Action.WITHDRAW, Action.HIDE, Action.SUSPEND}


class Publisher:
    """Says what happened, in the transaction that made it true."""

    def __init__(self, outbox: Outbox, addresses_of: AddressesOf) -> None:
        self._outbox = outbox
        self._addresses_of = addresses_of

    def created(self, profile_id: UUID) -> None:
        """A draft exists."""
        self._outbox.add(events.ProfileCreated(profile_id=profile_id))

    def updated(self, profile_id: UUID, version: int) -> None:
        """The content is another."""
        self._outbox.add(events.ProfileUpdated(profile_id=profile_id, profile_version=version))
        self._changed(profile_id)

    def availability_changed(self, profile_id: UUID) -> None:
        """The provider's time or place is another."""
        self._outbox.add(events.AvailabilityChanged(profile_id=profile_id))
        self._changed(profile_id)

    def idle_soon(self, profile_id: UUID, user_id: UUID, hides_at: datetime) -> None:
        """Nobody has seen its owner for long: it will be hidden."""
        self._outbox.add(
            events.ProfileInactivityWarned(
                profile_id=profile_id, user_id=user_id, hides_at=hides_at
            )
        )

    def hidden_idle(self, profile_id: UUID, user_id: UUID) -> None:
        """It is hidden until its owner shows it again."""
        self._outbox.add(events.ProfileAutoHidden(profile_id=profile_id, user_id=user_id))
        self._gone(profile_id)

    def published(self, profile_id: UUID, consent_version: int) -> None:
        """Its owner wants it public."""
        self._outbox.add(
            events.ProfilePublished(profile_id=profile_id, consent_version=consent_version)
        )

    def moved(self, profile_id: UUID, action: Action) -> None:
        """Its owner or staff changed its visibility (publishing has `published`)."""
        self._outbox.add(_MOVED[action](profile_id))
        if action in _LEAVING:
            self._gone(profile_id)

    def verification_requested(self, verification: Verification) -> None:
        """A provider asks to be verified."""
        self._outbox.add(
            events.VerificationRequested(
                profile_id=verification.profile_id, verification_id=verification.id
            )
        )

    def verification_decided(self, verification: Verification, decision: Decision) -> None:
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
            self._gone(verification.profile_id)

    def text_reviewed(self, review: TextReview, user_id: UUID, decision: TextDecision) -> None:
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
            self._gone(review.profile_id)

    def verification_expired(self, profile_id: UUID, verification_id: UUID) -> None:
        """Its time has passed."""
        self._outbox.add(
            events.VerificationExpired(profile_id=profile_id, verification_id=verification_id)
        )

    def closed(self, profile_id: UUID) -> None:
        """The account is gone; say so while the profile still has its addresses."""
        self._outbox.add(events.ProfileClosed(profile_id=profile_id))
        self._gone(profile_id)

    def shut_out(self, profile_id: UUID) -> None:
        """The account behind it is suspended: the gate is closed for as long as that lasts."""
        self._gone(profile_id)

    def saved_search_matched(self, user_id: UUID, search_id: UUID, count: int) -> UUID:
        """Somebody's saved search has newcomers; return the event's id."""
        event = events.SavedSearchMatched(user_id=user_id, saved_search_id=search_id, count=count)
        self._outbox.add(event)
        return event.id

    # What the edge keeps goes in any case; that a verification runs out, it was told beforehand.

    def _gone(self, profile_id: UUID) -> None:
        slugs = list(self._addresses_of(profile_id))
        self._outbox.add(events.ProfileDelisted(profile_id=profile_id, slugs=slugs))

    def _changed(self, profile_id: UUID) -> None:
        slugs = list(self._addresses_of(profile_id))
        self._outbox.add(events.ProfilePagesInvalidated(profile_id=profile_id, slugs=slugs))
