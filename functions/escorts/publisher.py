"""From what happened to a profile to a contract event in the outbox."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts import escorts as events
from escorts.domain.standing import Action
from escorts.domain.verification import Verification
from kit.events import Event
from kit.outbox import Outbox

type Decision = Literal["verified", "rejected", "revoked"]

_MOVED: dict[Action, Callable[[UUID], Event]] = {
    Action.WITHDRAW: lambda profile_id: events.ProfileWithdrawn(profile_id=profile_id),
    Action.HIDE: lambda profile_id: events.ProfileHidden(profile_id=profile_id),
    Action.SHOW: lambda profile_id: events.ProfileShown(profile_id=profile_id),
    Action.SUSPEND: lambda profile_id: events.ProfileSuspended(profile_id=profile_id),
    Action.RESTORE: lambda profile_id: events.ProfileRestored(profile_id=profile_id),
}


class Publisher:
    """Says what happened, in the transaction that made it true."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def created(self, profile_id: UUID) -> None:
        """A draft exists."""
        self._outbox.add(events.ProfileCreated(profile_id=profile_id))

    def updated(self, profile_id: UUID, version: int) -> None:
        """The content is another."""
        self._outbox.add(events.ProfileUpdated(profile_id=profile_id, profile_version=version))

    def availability_changed(self, profile_id: UUID) -> None:
        """The provider's time or place is another."""
        self._outbox.add(events.AvailabilityChanged(profile_id=profile_id))

    def idle_soon(self, profile_id: UUID, user_id: UUID, hides_at: datetime) -> None:
        """Nobody has seen its owner for long: it will be hidden."""
        self._outbox.add(
            events.ProfileIdleSoon(profile_id=profile_id, user_id=user_id, hides_at=hides_at)
        )

    def hidden_idle(self, profile_id: UUID, user_id: UUID) -> None:
        """It is hidden until its owner shows it again."""
        self._outbox.add(events.ProfileHiddenIdle(profile_id=profile_id, user_id=user_id))

    def published(self, profile_id: UUID, consent_version: int) -> None:
        """Its owner wants it public."""
        self._outbox.add(
            events.ProfilePublished(profile_id=profile_id, consent_version=consent_version)
        )

    def moved(self, profile_id: UUID, action: Action) -> None:
        """Its owner or staff changed its visibility (publishing has `published`)."""
        self._outbox.add(_MOVED[action](profile_id))

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

    def verification_expired(self, profile_id: UUID, verification_id: UUID) -> None:
        """Its time has passed."""
        self._outbox.add(
            events.VerificationExpired(profile_id=profile_id, verification_id=verification_id)
        )

    def closed(self, profile_id: UUID) -> None:
        """The account is gone, and with it what the profile said."""
        self._outbox.add(events.ProfileClosed(profile_id=profile_id))
