"""Preferences of an account: language, time zone, colour scheme and mails."""

import re
from dataclasses import dataclass
from enum import StrEnum

from kit.errors import Invalid
from kit.i18n import gettext as _

_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")


class ColourScheme(StrEnum):
    """Colour scheme: light, dark, or the device's setting."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Preferences:
    """Preferences, with the defaults of an account that saved none: no mail without consent."""

    language: str = "en"
    time_zone: str = "UTC"
    theme: ColourScheme = ColourScheme.SYSTEM
    new_device_mail: bool = True
    news_mail: bool = False

    def validate(self) -> None:
        """Raise `Invalid` for an unknown time zone or a malformed language tag."""
        if not _LANGUAGE.fullmatch(self.language):
            message = _("Write the language as en or de-CH.")
            raise Invalid("language-unknown", message, field="language")
        if not _is_time_zone(self.time_zone):
            message = _("Write the time zone as Europe/Zurich.")
            raise Invalid("time-zone-unknown", message, field="timeZone")


def _is_time_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
