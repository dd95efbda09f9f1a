"""The mails of auth: why one is sent, and its words.

Neutral words only: a mail is read over shoulders and on lock screens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from html import escape
from uuid import UUID

from auth.domain.mail_templates import BOOKING_TEMPLATES, MailTemplate
from auth.domain.tokens import TokenPurpose


class MailPurpose(StrEnum):
    """Why we write."""

    VERIFY_EMAIL = "verify-email"
    ALREADY_REGISTERED = "already-registered"
    RESET_PASSWORD = "reset-password"  # noqa: S105 - a purpose, not a password
    NEW_DEVICE = "new-device"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - likewise
    TWO_STEP_CHANGED = "two-step-changed"
    STATUS_CHANGED = "status-changed"
    SAVED_SEARCH = "saved-search"
    INACTIVITY_WARNING = "inactivity-warning"
    PROFILE_HIDDEN = "profile-hidden"
    TEXT_REJECTED = "text-rejected"
    BOOKING_REQUESTED = "booking-requested"
    BOOKING_ACCEPTED = "booking-accepted"
    BOOKING_DECLINED = "booking-declined"
    BOOKING_EXPIRED = "booking-expired"
    BOOKING_CONFIRMED = "booking-confirmed"
    BOOKING_RESCHEDULED = "booking-rescheduled"
    BOOKING_CANCELLED = "booking-cancelled"
    BOOKING_TIME_PROPOSED = "booking-time-proposed"
    BOOKING_REMINDER = "booking-reminder"
    WAITLIST_SLOT_AVAILABLE = "waitlist-slot-available"


TOKEN_PURPOSES = {
    MailPurpose.VERIFY_EMAIL: TokenPurpose.VERIFY_EMAIL,
    MailPurpose.RESET_PASSWORD: TokenPurpose.RESET_PASSWORD,
}
"""Which mails carry a link with a token, and what the token is good for."""


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A mail that waits, or was sent. Without an address it is for nobody, and nobody gets it."""

    id: UUID
    user_id: UUID | None
    purpose: MailPurpose
    detail: str | None
    created_at: datetime
    sent_at: datetime | None
    address: str | None


@dataclass(frozen=True, slots=True)
class EmailContent:
    """The words of one mail."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notification:
    """What another feature's event leads to.

    `stop_path` ends its kind, without signing in; `path` is where the mail leads, if not to where
    all of its kind do.
    """

    user_id: UUID
    purpose: MailPurpose
    detail: str | None = None
    unsubscribe_path: str | None = None
    path: str | None = None


_IGNORE_HINT = "If this was not you, there is nothing to do."
_RESET_HINT = (
    "If this was not you, reset your password now and sign out the devices you do not know."
)

_TEMPLATES = {
    MailPurpose.VERIFY_EMAIL: MailTemplate(
        "Confirm your e-mail address",
        (
            "Somebody, most likely you, opened an account with this address.",
            "Confirm that it is yours. The link works once, for two days.",
            f"{_IGNORE_HINT} If you have forgotten the password, reset it on the sign-in page.",
        ),
        "Confirm the address",
        "/verify/{token}",
    ),
    MailPurpose.ALREADY_REGISTERED: MailTemplate(
        "You already have an account",
        (
            "Somebody tried to open an account with this address, which has one already.",
            f"If it was you, sign in, or reset the password. {_IGNORE_HINT}",
        ),
        "Sign in",
        "/login",
    ),
    MailPurpose.RESET_PASSWORD: MailTemplate(
        "Choose a new password",
        ("You asked for a new password. The link works once, for one hour.", _IGNORE_HINT),
        "Choose the password",
        "/reset/{token}",
    ),
    MailPurpose.NEW_DEVICE: MailTemplate(
        "A new sign-in to your account",
        ("Your account was signed in to from {detail} on {when}.", _RESET_HINT),
        "Reset the password",
        "/reset",
    ),
    MailPurpose.PASSWORD_CHANGED: MailTemplate(
        "Your password was changed",
        ("The password of your account was changed on {when}.", _RESET_HINT),
        "Reset the password",
        "/reset",
    ),
    MailPurpose.TWO_STEP_CHANGED: MailTemplate(
        "Two-step sign-in of your account",
        ("Two-step sign-in was {detail} on {when}.", _RESET_HINT),
        "Reset the password",
        "/reset",
    ),
    MailPurpose.STATUS_CHANGED: MailTemplate(
        "A change to your account",
        ("The status of your account was changed on {when}.", "Signing in says what it is now."),
        "Sign in",
        "/login",
    ),
    MailPurpose.SAVED_SEARCH: MailTemplate(
        "Something new for you",
        ("Since we last looked, there is something new for a search that you saved: {detail}.",),
        "See what is new",
        "/saved-searches",
    ),
    MailPurpose.INACTIVITY_WARNING: MailTemplate(
        "We have not seen you for a while",
        (
            "You have not been here for some time, so your page will be hidden on {detail}.",
            "Signing in once before that keeps it as it is.",
        ),
        "Sign in",
        "/login",
    ),
    MailPurpose.PROFILE_HIDDEN: MailTemplate(
        "Your page is hidden",
        (
            "You have not been here for a long time, so your page is hidden since {when}.",
            "Nothing is lost: sign in and show it again whenever you like.",
        ),
        "Sign in",
        "/login",
    ),
    MailPurpose.TEXT_REJECTED: MailTemplate(
        "Something on your page has to change",
        (
            "Somebody of our staff has read your page, and something on it has to change.",
            "Until then nobody sees it. Signing in says what it is, and why.",
        ),
        "Sign in",
        "/login",
    ),
    **{MailPurpose(name): draft for name, draft in BOOKING_TEMPLATES.items()},
}
_UNSUBSCRIBE_LABEL = "End these mails (no need to sign in)"
_FOOTER = "HelloMahi. This address only sends; look for help on the site."


def format_result_count(count: int) -> str:
    """Return how a mail says how many there are."""
    return "1 result" if count == 1 else f"{count} results"


def render_mail(
    mail: QueuedMail,
    origin: str,
    token: str | None,
    unsubscribe_path: str | None = None,
    path: str | None = None,
) -> EmailContent:
    """Return what to write; `token` is there for the purposes of `TOKENS`."""
    template = _TEMPLATES[mail.purpose]
    variables = {"detail": mail.detail, "when": f"{mail.created_at:%d %B %Y, %H:%M} UTC"}
    paragraphs = [paragraph.format(**variables) for paragraph in template.paragraphs]
    link = origin + (path or template.path.format(token=token))
    links = [(template.action, link)]
    headers = {}
    if unsubscribe_path is not None:
        links.append((_UNSUBSCRIBE_LABEL, origin + unsubscribe_path))
        # One click in the mail program itself, which then sends a POST (RFC 8058).
        headers["List-Unsubscribe"] = f"<{origin}{unsubscribe_path}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text = "\n\n".join([*paragraphs, *(f"{said}:\n{to}" for said, to in links), _FOOTER])
    html = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    html += "".join(f'<p><a href="{escape(to)}">{said}</a></p>' for said, to in links)
    html += f"<p>{_FOOTER}</p>"
    return EmailContent(template.subject, text + "\n", html, headers)
