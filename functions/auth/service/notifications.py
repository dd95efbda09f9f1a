"""From another feature's event to a mail: whether one is still due, and what it says."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from auth.domain.mails import MailPurpose, Notification, format_result_count
from auth.repository.notification_context import NotificationContextRepository
from auth.service.booking_notifications import BOOKING_EVENTS, BookingNotifications
from contracts.escorts import (
    ProfileAutoHidden,
    ProfileInactivityWarned,
    SavedSearchMatched,
    TextModerated,
)


@dataclass(frozen=True, slots=True)
class Notifications:
    """Reads events; an event that nobody has to hear of any more leads to nothing."""

    repository: NotificationContextRepository

    def for_event(self, envelope: dict[str, Any]) -> list[Notification]:
        """Return the mails that the event leads to."""
        found = (
            BookingNotifications(self.repository).for_event(envelope)
            if envelope["type"] in BOOKING_EVENTS
            else [self._from_event(envelope)]
        )
        return [notice for notice in found if notice is not None and self._can_receive(notice)]

    def _from_event(self, envelope: dict[str, Any]) -> Notification | None:
        match envelope["type"]:
            case "SavedSearchMatched":
                return self._for_saved_search(SavedSearchMatched.from_envelope(envelope))
            case "ProfileInactivityWarned":
                soon = ProfileInactivityWarned.from_envelope(envelope)
                day = f"{soon.hides_at.astimezone(UTC):%d %B %Y}"
                return Notification(soon.user_id, MailPurpose.INACTIVITY_WARNING, day)
            case "ProfileAutoHidden":
                hidden = ProfileAutoHidden.from_envelope(envelope)
                return Notification(hidden.user_id, MailPurpose.PROFILE_HIDDEN)
            case "TextModerated":
                read = TextModerated.from_envelope(envelope)
                if read.decision == "allowed":
                    return None
                return Notification(read.user_id, MailPurpose.TEXT_REJECTED)
        raise ValueError("unknown event: the stack and this consumer disagree")

    def _for_saved_search(self, event: SavedSearchMatched) -> Notification | None:
        # The count in the event was right when it was found; what counts is now.
        found = self.repository.saved_search(event.id)
        if found is None or found.user_id != event.user_id:
            return None
        path = f"/saved-searches/stop/{found.stop_token}"
        return Notification(
            event.user_id, MailPurpose.SAVED_SEARCH, format_result_count(found.profiles), path
        )

    def _can_receive(self, notice: Notification) -> bool:
        return self.repository.is_active_account(notice.user_id)
