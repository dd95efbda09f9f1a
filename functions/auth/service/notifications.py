"""Mail notifications of other features' events, and whether they still apply."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from auth.domain.mails import MailPurpose, Notification
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
    """Mapper from events to notifications; an event that no longer applies leads to none."""

    repository: NotificationContextRepository

    def for_event(self, envelope: dict[str, Any]) -> list[Notification]:
        """Return the notifications that the event leads to."""
        found = (
            BookingNotifications(self.repository).for_event(envelope)
            if envelope["type"] in BOOKING_EVENTS
            else [self._from_event(envelope)]
        )
        return [
            notification
            for notification in found
            if notification is not None and self._can_receive(notification)
        ]

    def _from_event(self, envelope: dict[str, Any]) -> Notification | None:
        match envelope["type"]:
            case "SavedSearchMatched":
                return self._for_saved_search(SavedSearchMatched.from_envelope(envelope))
            case "ProfileInactivityWarned":
                warned = ProfileInactivityWarned.from_envelope(envelope)
                day = warned.hides_at.astimezone(UTC).date().isoformat()
                return Notification(warned.user_id, MailPurpose.INACTIVITY_WARNING, day)
            case "ProfileAutoHidden":
                hidden = ProfileAutoHidden.from_envelope(envelope)
                return Notification(hidden.user_id, MailPurpose.PROFILE_HIDDEN)
            case "TextModerated":
                moderated = TextModerated.from_envelope(envelope)
                if moderated.decision == "allowed":
                    return None
                return Notification(moderated.user_id, MailPurpose.TEXT_REJECTED)
        raise ValueError("unknown event: the stack and this consumer disagree")

    def _for_saved_search(self, event: SavedSearchMatched) -> Notification | None:
        # The event's count was right when it was published; the mail needs the current one.
        search = self.repository.saved_search(event.id)
        if search is None or search.user_id != event.user_id:
            return None
        path = f"/saved-searches/stop/{search.unsubscribe_token}"
        return Notification(event.user_id, MailPurpose.SAVED_SEARCH, str(search.profiles), path)

    def _can_receive(self, notification: Notification) -> bool:
        return self.repository.is_active_account(notification.user_id)
