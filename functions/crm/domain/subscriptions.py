"""Who wants to hear of which area.

This is the one place of that consent: when it was given and how, and when it was taken back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Self

from crm.domain.enums import NotificationChannel

PLAINTEXT_COLUMNS = ("channel", "consented_at", "unsubscribed_at", "area_token", "unsubscribe_hash")
_PLAINTEXT_FIELDS = ("consented_at", "unsubscribed_at", "area_token", "unsubscribe_hash")
_ENCRYPTED_FIELDS = ("area", "how", "link_token")
SUBJECT = "The news you asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaSubscription:
    """A client's wish. `how`: how they gave it; `link_token`: what ends it without signing in."""

    area: str
    channel: NotificationChannel
    consented_at: datetime
    area_token: bytes
    unsubscribe_hash: bytes
    link_token: str
    how: str = ""
    unsubscribed_at: datetime | None = None

    def plaintext_columns(self) -> dict[str, Any]:
        """Return what is kept in clear: keyed and unkeyed hashes, never the area itself."""
        return {name: getattr(self, name) for name in PLAINTEXT_COLUMNS}

    def encrypted_payload(self) -> dict[str, Any]:
        """Return what is sealed."""
        return {name: text for name in _ENCRYPTED_FIELDS if (text := getattr(self, name))}

    @classmethod
    def from_columns(cls, clear: Mapping[str, Any], document: Mapping[str, Any]) -> Self:
        """Return what was kept."""
        return cls(
            **{name: clear[name] for name in _PLAINTEXT_FIELDS},
            channel=NotificationChannel(clear["channel"]),
            area=document["area"],
            how=document.get("how", ""),
            link_token=document["link_token"],
        )


@dataclass(frozen=True, slots=True)
class CampaignEmail:
    """What one client gets: her words, and a way to hear no more."""

    to: str
    message: str
    stop_url: str

    def text(self) -> str:
        """Return it as plain text; neutral around her words, since mails are read over shoulders."""
        return f"{self.message}\n\nYou asked to hear of this. To hear no more: {self.stop_url}\n"

    def html(self) -> str:
        """Return it with a link."""
        lines = "<br>".join(escape(self.message).splitlines())
        stop = escape(self.stop_url, quote=True)
        return f'<p>{lines}</p><p>You asked to hear of this. <a href="{stop}">Hear no more</a></p>'

    def headers(self) -> dict[str, str]:
        """Return what lets a mail programme end it with one tap (RFC 8058)."""
        return {
            "List-Unsubscribe": f"<{self.stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
