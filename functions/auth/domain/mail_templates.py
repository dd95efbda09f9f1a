"""What a mail says before its words are filled in, and the mails about appointments.

No names, no places, no times of day: signing in tells them. A mail is read over shoulders.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """The words of a kind of mail; `{detail}` and `{when}` are filled in."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str
    path: str


_SIGN_IN_HINT = "Signing in tells the rest."

BOOKING_TEMPLATES = {
    "booking-requested": MailTemplate(
        "A request waits for you",
        ("Somebody asks you for an appointment. Your answer is needed within {detail}.",),
        "See the request",
        "/bookings",
    ),
    "booking-accepted": MailTemplate(
        "Your request was accepted",
        ("The time is held for you. It is yours once the deposit is in, within {detail}.",),
        "See what is needed",
        "/bookings",
    ),
    "booking-declined": MailTemplate(
        "Your request was declined",
        ("The answer to your request for an appointment is no. You owe nothing.",),
        "See the request",
        "/bookings",
    ),
    "booking-expired": MailTemplate(
        "A request has ended",
        ("An appointment did not come about: {detail}.", _SIGN_IN_HINT),
        "See the request",
        "/bookings",
    ),
    "booking-confirmed": MailTemplate(
        "Your appointment is confirmed",
        ("Your appointment will take place.", _SIGN_IN_HINT),
        "See the appointment",
        "/bookings",
    ),
    "booking-rescheduled": MailTemplate(
        "Your appointment has a new time",
        ("You have agreed on another time, and it is confirmed.", _SIGN_IN_HINT),
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
        "Another time is proposed",
        ("The other side asks for another time. Until you agree, nothing changes.",),
        "See the other time",
        "/bookings",
    ),
    "booking-reminder": MailTemplate(
        "A reminder",
        ("You have an appointment in about {detail}.", _SIGN_IN_HINT),
        "See the appointment",
        "/bookings",
    ),
    "waitlist-slot-available": MailTemplate(
        "Something is free again",
        ("A time that you wait for is free again. Whoever asks first may have it.",),
        "See what is free",
        "/bookings",
    ),
}
"""By purpose; the booking's own address takes the place of `/bookings`."""
