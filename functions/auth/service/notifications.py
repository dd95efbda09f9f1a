"""From another feature's event to a mail: whether one is still due, and what it says."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from auth.domain.mails import MailPurpose, Notice, results
from auth.repository.notification_context import NoticeRepository
from auth.service.booking_notifications import BOOKING_EVENTS, BookingNotices
from contracts.escorts import (
    ProfileAutoHidden,
    ProfileInactivityWarned,
    SavedSearchMatched,
    TextModerated,
)


@dataclass(frozen=True, slots=True)
class Notices:
    """Reads events; an event that nobody has to hear of any more leads to nothing."""

    repository: NoticeRepository

    def of(self, envelope: dict[str, Any]) -> list[Notice]:
        """Return the mails that the event leads to."""
        found = (
            BookingNotices(self.repository).of(envelope)
            if envelope["type"] in BOOKING_EVENTS
            else [self._one(envelope)]
        )
        return [notice for notice in found if notice is not None and self._is_welcome(notice)]

    def _one(self, envelope: dict[str, Any]) -> Notice | None:
        match envelope["type"]:
            case "SavedSearchMatched":
                return self._saved_search(SavedSearchMatched.from_envelope(envelope))
            case "ProfileInactivityWarned":
                soon = ProfileInactivityWarned.from_envelope(envelope)
                day = f"{soon.hides_at.astimezone(UTC):%d %B %Y}"
                return Notice(soon.user_id, MailPurpose.IDLE_SOON, day)
            case "ProfileAutoHidden":
                hidden = ProfileAutoHidden.from_envelope(envelope)
                return Notice(hidden.user_id, MailPurpose.IDLE_HIDDEN)
            case "TextModerated":
                read = TextModerated.from_envelope(envelope)
                if read.decision == "allowed":
                    return None
                return Notice(read.user_id, MailPurpose.TEXT_REFUSED)
        raise ValueError("unknown event: the stack and this consumer disagree")

    def _saved_search(self, event: SavedSearchMatched) -> Notice | None:
        # The count in the event was right when it was found; what counts is now.
        found = self.repository.saved_search(event.id)
        if found is None or found.user_id != event.user_id:
            return None
        path = f"/saved-searches/stop/{found.unsubscribe_token}"
        return Notice(event.user_id, MailPurpose.SAVED_SEARCH, results(found.profiles), path)

    def _is_welcome(self, notice: Notice) -> bool:
        return self.repository.may_be_written_to(notice.user_id)
