"""Area subscriptions, and the campaign e-mails sent to them.

A subscription is the only record of the consent: when and how it was given, and when it was withdrawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Self

from crm.domain.enums import NotificationChannel
from kit.i18n import N_
from kit.i18n import gettext as _

PLAINTEXT_COLUMNS = ("channel", "consented_at", "unsubscribed_at", "area_token", "unsubscribe_hash")
_PLAINTEXT_FIELDS = ("consented_at", "unsubscribed_at", "area_token", "unsubscribe_hash")
_ENCRYPTED_FIELDS = ("area", "how", "link_token")
SUBJECT = N_("The news you asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaSubscription:
    """Subscription of a client to an area. `how`: how the client consented; `link_token`: ends it without login."""

    area: str
    channel: NotificationChannel
    consented_at: datetime
    area_token: bytes
    unsubscribe_hash: bytes
    link_token: str
    how: str = ""
    unsubscribed_at: datetime | None = None

    def plaintext_columns(self) -> dict[str, Any]:
        """Return the plaintext columns: keyed and unkeyed hashes, never the area itself."""
        return {name: getattr(self, name) for name in PLAINTEXT_COLUMNS}

    def encrypted_payload(self) -> dict[str, Any]:
        """Return the document to be encrypted."""
        return {name: text for name in _ENCRYPTED_FIELDS if (text := getattr(self, name))}

    @classmethod
    def from_columns(cls, clear: Mapping[str, Any], document: Mapping[str, Any]) -> Self:
        """Return the subscription of a stored row."""
        return cls(
            **{name: clear[name] for name in _PLAINTEXT_FIELDS},
            channel=NotificationChannel(clear["channel"]),
            area=document["area"],
            how=document.get("how", ""),
            link_token=document["link_token"],
        )


@dataclass(frozen=True, slots=True)
class CampaignEmail:
    """Campaign e-mail to one client: the provider's message, and an unsubscribe link."""

    to: str
    message: str
    stop_url: str

    def text(self) -> str:
        """Return the e-mail as plain text; neutral around the message, since mails are read over shoulders."""
        end = _("You subscribed to this news. Unsubscribe: %(link)s", link=self.stop_url)
        return f"{self.message}\n\n{end}\n"

    def html(self) -> str:
        """Return the e-mail as HTML."""
        lines = "<br>".join(escape(self.message).splitlines())
        stop = escape(self.stop_url, quote=True)
        end = _('You subscribed to this news. <a href="%(link)s">Unsubscribe</a>', link=stop)
        return f"<p>{lines}</p><p>{end}</p>"

    def headers(self) -> dict[str, str]:
        """Return the headers for one-click unsubscribe in mail programs (RFC 8058)."""
        return {
            "List-Unsubscribe": f"<{self.stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
