"""How a person wants the product to look and to write to them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from kit.errors import Invalid

_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")


class ColourScheme(StrEnum):
    """Light, dark, or what the device says."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Preferences:
    """The defaults hold for whoever never chose; nothing is sent that was not asked for."""

    language: str = "en"
    time_zone: str = "UTC"
    theme: ColourScheme = ColourScheme.SYSTEM
    new_device_mail: bool = True
    news_mail: bool = False

    def validate(self) -> None:
        """Raise `Invalid` for a language tag or a time zone that nobody has."""
        if not _LANGUAGE.fullmatch(self.language):
            message = "Write the language as en or de-CH."
            raise Invalid("language-unknown", message, field="language")
        if not _is_time_zone(self.time_zone):
            message = "Write the time zone as Europe/Zurich."
            raise Invalid("time-zone-unknown", message, field="timeZone")


def _is_time_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
