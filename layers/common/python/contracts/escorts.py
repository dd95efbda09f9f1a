"""Events of the directory: ids and outcomes, no private data of a profile.

An event reports a change, not whether a profile is public now: only the view `escorts.public_profiles_v1` tells
that.
"""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from kit.events import Event


class _EscortsEvent(Event):
    source: ClassVar[str] = "hellomahi.escorts"

    profile_id: UUID


class ProfileCreated(_EscortsEvent):
    """A provider created a profile, as a draft."""


class ProfileUpdated(_EscortsEvent):
    """The content changed; `profile_version` counts the changes."""

    profile_version: int


class AvailabilityChanged(_EscortsEvent):
    """The provider's availability changed in time or place."""


class ProfileInactivityWarned(_EscortsEvent):
    """The owner was warned of inactivity; the profile will be hidden at `hides_at` without a visit before."""

    user_id: UUID
    hides_at: datetime


class ProfileAutoHidden(_EscortsEvent):
    """The profile was hidden because its owner was inactive for too long; the owner can show it again."""

    user_id: UUID


class ProfilePublished(_EscortsEvent):
    """The owner published the profile and agreed to this version of the statement."""

    consent_version: int


class ProfileUnpublished(_EscortsEvent):
    """The owner withdrew the profile and the consent."""


class ProfilePaused(_EscortsEvent):
    """The owner hid the profile for a while."""


class ProfileResumed(_EscortsEvent):
    """The owner showed the profile again."""


class VerificationRequested(_EscortsEvent):
    """A provider requested verification."""

    verification_id: UUID


class VerificationDecided(_EscortsEvent):
    """A staff member decided about a verification."""

    verification_id: UUID
    decision: Literal["verified", "rejected", "revoked"]
    expires_at: datetime | None = None


class VerificationExpired(_EscortsEvent):
    """A verification expired. The visibility view excluded the profile at that moment; the event only reports it."""

    verification_id: UUID


class TextModerated(_EscortsEvent):
    """A moderator decided about a text; `refused`: the profile is not public until its owner changes the text."""

    user_id: UUID
    review_id: UUID
    decision: Literal["allowed", "refused"]


class ProfileSuspended(_EscortsEvent):
    """Staff suspended the profile."""


class ProfileRestored(_EscortsEvent):
    """Staff lifted the suspension."""


class ProfileClosed(_EscortsEvent):
    """The profile was closed, alone or with its account: it is anonymised for good."""


class ProfileDelisted(_EscortsEvent):
    """The profile must not be served any more, at any of its slugs."""

    slugs: list[str]


class ProfilePagesInvalidated(_EscortsEvent):
    """The profile's own pages changed, and cached copies are stale."""

    slugs: list[str]


class SavedSearchMatched(Event):
    """A saved search has new listings: their number, without naming them or the account's search.

    `escorts.saved_search_notices_v1` tells by the event's id which of them are still listed.
    """

    source: ClassVar[str] = "hellomahi.escorts"

    user_id: UUID
    saved_search_id: UUID
    count: int
