"""Port for sending e-mail: Amazon SES in the cloud, captured by the local cloud on a developer's machine.

Some mail providers refuse this trade whatever the wording; another one can be put behind the port.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kit.errors import Unavailable
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Mail:
    """E-mail message; `html` is the same text with links. `headers` are further headers (List-Unsubscribe)."""

    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Mailer(Protocol):
    """Sender of e-mail messages."""

    def send(self, mail: Mail) -> None:
        """Send the message, or raise `Unavailable`."""


class SesMailer:
    """Amazon SES, API version 2."""

    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Send the message with SES, or raise `Unavailable` (the error holds nothing of the message)."""
        from botocore.exceptions import BotoCoreError, ClientError

        from kit.aws import client

        try:
            client("sesv2").send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [mail.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": mail.text, "Charset": "UTF-8"},
                            "Html": {"Data": mail.html, "Charset": "UTF-8"},
                        },
                        "Headers": [
                            {"Name": name, "Value": value} for name, value in mail.headers.items()
                        ],
                    }
                },
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(
                "mail-unavailable",
                _("Mail cannot be sent at the moment: it will be tried again."),
                retry_after=30,
            ) from error
