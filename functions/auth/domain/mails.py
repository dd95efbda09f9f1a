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
from kit.formats import format_date, format_datetime
from kit.i18n import N_, SOURCE_LANGUAGE, ngettext
from kit.i18n import gettext as _


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
    language: str = SOURCE_LANGUAGE


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


_IGNORE_HINT = N_("If this was not you, there is nothing to do.")
_RESET_HINT = N_(
    "If this was not you, reset your password now and sign out the devices you do not know."
)


def _format_result_count(count: str) -> str:
    return ngettext("%(count)s result", "%(count)s results", int(count))


def _format_day(day: str) -> str:
    return format_date(date.fromisoformat(day))


_TEMPLATES = {
    MailPurpose.VERIFY_EMAIL: MailTemplate(
        N_("Confirm your e-mail address"),
        (
            N_("An account was created with this address, most likely by you."),
            N_("Confirm that the address is yours. The link works once, for two days."),
            N_(
                "If this was not you, there is nothing to do. If you have forgotten the password, "
                "reset it on the sign-in page."
            ),
        ),
        N_("Confirm the address"),
        "/verify/{token}",
    ),
    MailPurpose.ALREADY_REGISTERED: MailTemplate(
        N_("You already have an account"),
        (
            N_("Your address was entered to create an account, but it already has one."),
            N_(
                "If it was you, sign in, or reset the password. If this was not you, there is nothing to do."
            ),
        ),
        N_("Sign in"),
        "/login",
    ),
    MailPurpose.RESET_PASSWORD: MailTemplate(
        N_("Choose a new password"),
        (N_("You asked for a new password. The link works once, for one hour."), _IGNORE_HINT),
        N_("Choose the password"),
        "/reset/{token}",
    ),
    MailPurpose.NEW_DEVICE: MailTemplate(
        N_("A new sign-in to your account"),
        (N_("Your account was signed in to from %(detail)s on %(when)s."), _RESET_HINT),
        N_("Reset the password"),
        "/reset",
        describe_device,
    ),
    MailPurpose.PASSWORD_CHANGED: MailTemplate(
        N_("Your password was changed"),
        (N_("The password of your account was changed on %(when)s."), _RESET_HINT),
        N_("Reset the password"),
        "/reset",
    ),
    MailPurpose.TWO_STEP_CHANGED: MailTemplate(
        N_("Two-step sign-in of your account"),
        (
            {
                "on": N_("Two-step sign-in was turned on on %(when)s."),
                "off": N_("Two-step sign-in was turned off on %(when)s."),
            },
            _RESET_HINT,
        ),
        N_("Reset the password"),
        "/reset",
    ),
    MailPurpose.STATUS_CHANGED: MailTemplate(
        N_("A change to your account"),
        (
            N_("The status of your account was changed on %(when)s."),
            N_("Sign in to see the new status."),
        ),
        N_("Sign in"),
        "/login",
    ),
    MailPurpose.SAVED_SEARCH: MailTemplate(
        N_("New results for you"),
        (N_("There are new results for a search that you saved: %(detail)s."),),
        N_("See the results"),
        "/saved-searches",
        _format_result_count,
    ),
    MailPurpose.INACTIVITY_WARNING: MailTemplate(
        N_("We have not seen you for a while"),
        (
            N_("You have not signed in for some time, so your page will be hidden on %(detail)s."),
            N_("Sign in before then to keep it visible."),
        ),
        N_("Sign in"),
        "/login",
        _format_day,
    ),
    MailPurpose.PROFILE_HIDDEN: MailTemplate(
        N_("Your page is hidden"),
        (
            N_("You have not signed in for a long time, so your page was hidden on %(when)s."),
            N_("Nothing is lost: sign in to show it again at any time."),
        ),
        N_("Sign in"),
        "/login",
    ),
    MailPurpose.TEXT_REJECTED: MailTemplate(
        N_("Changes needed on your page"),
        (
            N_("Our staff has reviewed your page, and a text on it has to change."),
            N_("Until then your page is hidden. Sign in for details."),
        ),
        N_("Sign in"),
        "/login",
    ),
    **{MailPurpose(name): draft for name, draft in BOOKING_TEMPLATES.items()},
}
_UNSUBSCRIBE_LABEL = N_("Unsubscribe (no need to sign in)")
_FOOTER = N_("HelloMahi. Please do not reply to this mail; you find help on the site.")


def render_mail(
    mail: QueuedMail,
    origin: str,
    token: str | None,
    unsubscribe_path: str | None = None,
    path: str | None = None,
) -> EmailContent:
    """Render a queued mail in the current language; purposes in `TOKEN_PURPOSES` need a `token`."""
    template = _TEMPLATES[mail.purpose]
    detail = mail.detail
    variables = {
        "detail": None if detail is None else template.format_detail(detail),
        "when": f"{format_datetime(mail.created_at)} UTC",
    }
    paragraphs = [
        _(text if isinstance(text, str) else text[detail or ""], **variables)
        for text in template.paragraphs
    ]
    link = origin + (path or template.path.format(token=token))
    links = [(_(template.action), link)]
    headers = {}
    if unsubscribe_path is not None:
        links.append((_(_UNSUBSCRIBE_LABEL), origin + unsubscribe_path))
        # One click in the mail program itself, which then sends a POST (RFC 8058).
        headers["List-Unsubscribe"] = f"<{origin}{unsubscribe_path}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text = "\n\n".join([*paragraphs, *(f"{label}:\n{url}" for label, url in links), _(_FOOTER)])
    html = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    html += "".join(f'<p><a href="{escape(url)}">{escape(label)}</a></p>' for label, url in links)
    html += f"<p>{escape(_(_FOOTER))}</p>"
    return EmailContent(_(template.subject), text + "\n", html, headers)
