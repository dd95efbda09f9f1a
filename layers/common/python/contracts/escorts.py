"""What the directory tells the others: ids and outcomes, nothing that a profile keeps to itself.

An event says that something changed, not what is public now: that is the view
`escorts.public_profiles_v1` alone.
"""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from kit.events import Event


class _EscortsEvent(Event):
    source: ClassVar[str] = "hellomahi.escorts"

    profile_id: UUID


class ProfileCreated(_EscortsEvent):
    """A provider began a profile; it is a draft."""


class ProfileUpdated(_EscortsEvent):
    """The content changed; `profile_version` counts the changes."""

    profile_version: int


class AvailabilityChanged(_EscortsEvent):
    """When or where its owner can be met is different now."""


class ProfileInactivityWarned(_EscortsEvent):
    """Its owner was not here for long; it will be hidden at `hides_at` unless that changes."""

    user_id: UUID
    hides_at: datetime


class ProfileAutoHidden(_EscortsEvent):
    """Its owner was not here for too long, so it is hidden until shown again."""

    user_id: UUID


class ProfilePublished(_EscortsEvent):
    """Its owner wants it public, and agreed to the statement of this version."""

    consent_version: int


class ProfileUnpublished(_EscortsEvent):
    """Its owner took consent back."""


class ProfilePaused(_EscortsEvent):
    """Its owner hid it for a while."""


class ProfileResumed(_EscortsEvent):
    """Its owner shows it again."""


class VerificationRequested(_EscortsEvent):
    """A provider asks to be verified."""

    verification_id: UUID


class VerificationDecided(_EscortsEvent):
    """A member of staff decided."""

    verification_id: UUID
    decision: Literal["verified", "rejected", "revoked"]
    expires_at: datetime | None = None


class VerificationExpired(_EscortsEvent):
    """Its time has passed. The gate closed at that moment; this is only the note."""

    verification_id: UUID


class TextModerated(_EscortsEvent):
    """A moderator has read a text of it; `refused`: nobody sees it until its owner changes that."""

    user_id: UUID
    review_id: UUID
    decision: Literal["allowed", "refused"]


class ProfileSuspended(_EscortsEvent):
    """Staff took it out of the directory."""


class ProfileRestored(_EscortsEvent):
    """Staff lifted the suspension."""


class ProfileClosed(_EscortsEvent):
    """Its owner closed it, or her account: it is anonymised and will not come back."""


class ProfileDelisted(_EscortsEvent):
    """It must not be seen any more, at any of the addresses it had."""

    slugs: list[str]


class ProfilePagesInvalidated(_EscortsEvent):
    """What its own pages show is another."""

    slugs: list[str]


class SavedSearchMatched(Event):
    """A person's saved search has newcomers: how many, and neither who nor where.

    `escorts.saved_search_notices_v1` says by this event's id what is still so.
    """

    source: ClassVar[str] = "hellomahi.escorts"

    user_id: UUID
    saved_search_id: UUID
    count: int
