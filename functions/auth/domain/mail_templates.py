"""Mail templates, and those of the mails about bookings.

No names, no places, no times of day: those are shown after login. Mails are read over shoulders.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

type Paragraph = str | Mapping[str, str]
"""Text of a paragraph, or its text for each detail of the mail."""


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """Text of one kind of mail, with the variables `{detail}` and `{when}`.

    A mail's detail is stored as a fact (a number, a date, a word of the code); `format_detail`
    returns its text.
    """

    subject: str
    paragraphs: tuple[Paragraph, ...]
    action: str
    path: str
    format_detail: Callable[[str], str] = str


_SIGN_IN_HINT = "Sign in for details."


def format_hours(hours: str) -> str:
    """Return "1 hour" or "<n> hours"."""
    return "1 hour" if hours == "1" else f"{hours} hours"


def format_lead_time(hours: str) -> str:
    """Return the time until an appointment in hours, in days from two days on."""
    days = int(hours) // 24
    return f"{days} days" if days > 1 else format_hours(hours)


BOOKING_TEMPLATES = {
    "booking-requested": MailTemplate(
        "You have a new request",
        ("You have a request for an appointment. Please answer within {detail}.",),
        "See the request",
        "/bookings",
        format_hours,
    ),
    "booking-accepted": MailTemplate(
        "Your request was accepted",
        ("The time is reserved for you. To confirm it, pay the deposit within {detail}.",),
        "See how to pay",
        "/bookings",
        format_hours,
    ),
    "booking-declined": MailTemplate(
        "Your request was declined",
        ("Your request for an appointment was declined. You owe nothing.",),
        "See the request",
        "/bookings",
    ),
    "booking-expired": MailTemplate(
        "A request has expired",
        (
            {
                "answer": "A request for an appointment has expired: it was not answered in time.",
                "deposit": "A request for an appointment has expired: the deposit was not paid in time.",
            },
            _SIGN_IN_HINT,
        ),
        "See the request",
        "/bookings",
    ),
    "booking-confirmed": MailTemplate(
        "Your appointment is confirmed",
        ("Your appointment is confirmed.", _SIGN_IN_HINT),
        "See the appointment",
        "/bookings",
    ),
    "booking-rescheduled": MailTemplate(
        "Your appointment has a new time",
        ("Both sides have agreed on a new time, and it is confirmed.", _SIGN_IN_HINT),
        "See the appointment",
        "/bookings",
    ),
    "booking-cancelled": MailTemplate(
        "An appointment was cancelled",
        ("An appointment of yours will not take place.", _SIGN_IN_HINT),
        "See the appointment",
        "/bookings",
    ),
    "booking-time-proposed": MailTemplate(
        "A new time was proposed",
        ("The other side proposes a new time. Until you agree, nothing changes.",),
        "See the proposed time",
        "/bookings",
    ),
    "booking-reminder": MailTemplate(
        "A reminder",
        ("You have an appointment in about {detail}.", _SIGN_IN_HINT),
        "See the appointment",
        "/bookings",
        format_lead_time,
    ),
    "waitlist-slot-available": MailTemplate(
        "A time is available again",
        ("A time on your waitlist is available again. The first request gets it.",),
        "See available times",
        "/bookings",
    ),
}
"""Templates by mail purpose; the booking's own path replaces `/bookings`."""
