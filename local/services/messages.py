"""Captured e-mails and text messages that functions sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.services.emulator import ACCOUNT, Emulator

__all__ = ["LINK", "Mail", "TextMessage", "mails", "text_messages"]

LINK = re.compile(r"https?://[^\s<>\"')\]]+")


@dataclass(frozen=True)
class Mail:
    """Captured e-mail."""

    id: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str

    @property
    def links(self) -> tuple[str, ...]:
        """Return the links of the text, in order, each once."""
        return tuple(dict.fromkeys(LINK.findall(self.text or self.html)))


@dataclass(frozen=True)
class TextMessage:
    """Captured SMS."""

    id: str
    at: datetime
    to: str
    text: str


def mails(emulator: Emulator) -> list[Mail]:
    """Return every captured e-mail, newest first."""
    answer = emulator.request("GET", f"/_ministack/ses/messages?account={ACCOUNT}")
    found = [_mail(message) for message in answer["messages"].get(ACCOUNT, ())]
    return sorted(found, key=lambda mail: mail.at, reverse=True)


def text_messages(emulator: Emulator) -> list[TextMessage]:
    """Return every captured text message, newest first."""
    answer = emulator.request("GET", f"/_ministack/sns/sms-messages?account={ACCOUNT}")
    by_number = answer["sms_messages"].values()
    found = [_text_message(message) for messages in by_number for message in messages]
    return sorted(found, key=lambda message: message.at, reverse=True)


def _mail(message: dict[str, Any]) -> Mail:
    return Mail(
        id=message["MessageId"],
        at=_moment(message["Timestamp"]),
        sender=message["Source"],
        to=tuple(message["To"]),
        subject=message["Subject"] or "",
        text=message["BodyText"] or "",
        html=message["BodyHtml"] or "",
    )


def _text_message(message: dict[str, Any]) -> TextMessage:
    return TextMessage(
        id=message["MessageId"],
        at=_moment(message.get("Timestamp", 0)),
        to=message["PhoneNumber"],
        text=message["Message"],
    )


def _moment(value: object) -> datetime:
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
