"""Mail templates, and those of the mails about bookings.

No names, no places, no times of day: those are shown after login. Mails are read over shoulders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kit.formats import format_duration
from kit.i18n import N_

type Paragraph = str | Mapping[str, str]
"""Text of a paragraph, or its text for each detail of the mail."""


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """Text of one kind of mail, with the placeholders `%(detail)s` and `%(when)s`.

    A mail's detail is stored as a fact (a number, a date, a word of the code); `format_detail`
    returns its text.
    """

    subject: str
    paragraphs: tuple[Paragraph, ...]
    action: str
    path: str
    format_detail: Callable[[str], str] = str


_SIGN_IN_HINT = N_("Sign in for details.")


def format_hours(hours: str) -> str:
    """Return the text of a number of hours, in days from two days on."""
    return format_duration(int(hours) * 60)


BOOKING_TEMPLATES = {
    "booking-requested": MailTemplate(
        N_("You have a new request"),
        (N_("You have a request for an appointment. Please answer within %(detail)s."),),
        N_("See the request"),
        "/bookings",
        format_hours,
    ),
    "booking-accepted": MailTemplate(
        N_("Your request was accepted"),
        (N_("The time is reserved for you. To confirm it, pay the deposit within %(detail)s."),),
        N_("See how to pay"),
        "/bookings",
        format_hours,
    ),
    "booking-declined": MailTemplate(
        N_("Your request was declined"),
        (N_("Your request for an appointment was declined. You owe nothing."),),
        N_("See the request"),
        "/bookings",
    ),
    "booking-expired": MailTemplate(
        N_("A request has expired"),
        (
            {
                "answer": N_(
                    "A request for an appointment has expired: it was not answered in time."
                ),
                "deposit": N_(
                    "A request for an appointment has expired: the deposit was not paid in time."
                ),
            },
            _SIGN_IN_HINT,
        ),
        N_("See the request"),
        "/bookings",
    ),
    "booking-confirmed": MailTemplate(
        N_("Your appointment is confirmed"),
        (N_("Your appointment is confirmed."), _SIGN_IN_HINT),
        N_("See the appointment"),
        "/bookings",
    ),
    "booking-rescheduled": MailTemplate(
        N_("Your appointment has a new time"),
        (N_("Both sides have agreed on a new time, and it is confirmed."), _SIGN_IN_HINT),
        N_("See the appointment"),
        "/bookings",
    ),
    "booking-cancelled": MailTemplate(
        N_("An appointment was cancelled"),
        (N_("An appointment of yours will not take place."), _SIGN_IN_HINT),
        N_("See the appointment"),
        "/bookings",
    ),
    "booking-time-proposed": MailTemplate(
        N_("A new time was proposed"),
        (N_("The other side proposes a new time. Until you agree, nothing changes."),),
        N_("See the proposed time"),
        "/bookings",
    ),
    "booking-reminder": MailTemplate(
        N_("A reminder"),
        (N_("You have an appointment in about %(detail)s."), _SIGN_IN_HINT),
        N_("See the appointment"),
        "/bookings",
        format_hours,
    ),
    "waitlist-slot-available": MailTemplate(
        N_("A time is available again"),
        (N_("A time on your waitlist is available again. The first request gets it."),),
        N_("See available times"),
        "/bookings",
    ),
}
"""Templates by mail purpose; the booking's own path replaces `/bookings`."""
