"""Mails of auth: their purposes, templates and rendering.

Neutral words only: mails are read over shoulders and on lock screens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from html import escape
from uuid import UUID

from auth.domain.mail_templates import BOOKING_TEMPLATES, MailTemplate
from auth.domain.request_origin import describe_device
from auth.domain.tokens import TokenPurpose


class MailPurpose(StrEnum):
    """Purpose of a mail."""

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
"""Token purpose of each mail whose link carries a token."""


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """Mail in the queue, sent or not; without an address it is never sent.

    `detail` is a fact and not a text: its mail may be in another language.
    """

    id: UUID
    user_id: UUID | None
    purpose: MailPurpose
    detail: str | None
    created_at: datetime
    sent_at: datetime | None
    address: str | None


@dataclass(frozen=True, slots=True)
class EmailContent:
    """Subject, text, HTML and headers of one mail."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notification:
    """Mail that another feature's event leads to.

    `unsubscribe_path` ends this kind of mail without login; `path` overrides the template's link.
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


def _format_result_count(count: str) -> str:
    return "1 result" if count == "1" else f"{count} results"


def _format_day(day: str) -> str:
    return f"{date.fromisoformat(day):%d %B %Y}"


_TEMPLATES = {
    MailPurpose.VERIFY_EMAIL: MailTemplate(
        "Confirm your e-mail address",
        (
            "An account was created with this address, most likely by you.",
            "Confirm that the address is yours. The link works once, for two days.",
            f"{_IGNORE_HINT} If you have forgotten the password, reset it on the sign-in page.",
        ),
        "Confirm the address",
        "/verify/{token}",
    ),
    MailPurpose.ALREADY_REGISTERED: MailTemplate(
        "You already have an account",
        (
            "Your address was entered to create an account, but it already has one.",
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
        describe_device,
    ),
    MailPurpose.PASSWORD_CHANGED: MailTemplate(
        "Your password was changed",
        ("The password of your account was changed on {when}.", _RESET_HINT),
        "Reset the password",
        "/reset",
    ),
    MailPurpose.TWO_STEP_CHANGED: MailTemplate(
        "Two-step sign-in of your account",
        (
            {
                "on": "Two-step sign-in was turned on on {when}.",
                "off": "Two-step sign-in was turned off on {when}.",
            },
            _RESET_HINT,
        ),
        "Reset the password",
        "/reset",
    ),
    MailPurpose.STATUS_CHANGED: MailTemplate(
        "A change to your account",
        ("The status of your account was changed on {when}.", "Sign in to see the new status."),
        "Sign in",
        "/login",
    ),
    MailPurpose.SAVED_SEARCH: MailTemplate(
        "New results for you",
        ("There are new results for a search that you saved: {detail}.",),
        "See the results",
        "/saved-searches",
        _format_result_count,
    ),
    MailPurpose.INACTIVITY_WARNING: MailTemplate(
        "We have not seen you for a while",
        (
            "You have not signed in for some time, so your page will be hidden on {detail}.",
            "Sign in before then to keep it visible.",
        ),
        "Sign in",
        "/login",
        _format_day,
    ),
    MailPurpose.PROFILE_HIDDEN: MailTemplate(
        "Your page is hidden",
        (
            "You have not signed in for a long time, so your page was hidden on {when}.",
            "Nothing is lost: sign in to show it again at any time.",
        ),
        "Sign in",
        "/login",
    ),
    MailPurpose.TEXT_REJECTED: MailTemplate(
        "Changes needed on your page",
        (
            "Our staff has reviewed your page, and a text on it has to change.",
            "Until then your page is hidden. Sign in for details.",
        ),
        "Sign in",
        "/login",
    ),
    **{MailPurpose(name): draft for name, draft in BOOKING_TEMPLATES.items()},
}
_UNSUBSCRIBE_LABEL = "Unsubscribe (no need to sign in)"
_FOOTER = "HelloMahi. Please do not reply to this mail; you find help on the site."


def render_mail(
    mail: QueuedMail,
    origin: str,
    token: str | None,
    unsubscribe_path: str | None = None,
    path: str | None = None,
) -> EmailContent:
    """Render a queued mail; purposes in `TOKEN_PURPOSES` need a `token`."""
    template = _TEMPLATES[mail.purpose]
    detail = mail.detail
    variables = {
        "detail": None if detail is None else template.format_detail(detail),
        "when": f"{mail.created_at:%d %B %Y, %H:%M} UTC",
    }
    paragraphs = [
        (text if isinstance(text, str) else text[detail or ""]).format(**variables)
        for text in template.paragraphs
    ]
    link = origin + (path or template.path.format(token=token))
    links = [(template.action, link)]
    headers = {}
    if unsubscribe_path is not None:
        links.append((_UNSUBSCRIBE_LABEL, origin + unsubscribe_path))
        # One click in the mail program itself, which then sends a POST (RFC 8058).
        headers["List-Unsubscribe"] = f"<{origin}{unsubscribe_path}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text = "\n\n".join([*paragraphs, *(f"{label}:\n{url}" for label, url in links), _FOOTER])
    html = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    html += "".join(f'<p><a href="{escape(url)}">{label}</a></p>' for label, url in links)
    html += f"<p>{_FOOTER}</p>"
    return EmailContent(template.subject, text + "\n", html, headers)
