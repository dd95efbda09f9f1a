"""Origin of a request: enough to recognise a device and to describe it to its owner."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from kit.i18n import gettext as _

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """IP address, user agent and device of a request.

    `device_token` is the secret of a long-lived cookie, empty without one.
    """

    ip: str
    user_agent: str = ""
    device_token: str = ""

    @property
    def device_hash(self) -> bytes:
        """Hash that identifies the device: of the cookie, or of the user agent without one."""
        identity = (
            f"cookie:{self.device_token}" if self.device_token else f"agent:{self.user_agent}"
        )
        return hashlib.sha256(identity.encode()).digest()

    @property
    def device(self) -> str:
        """Browser and system of the device, as far as they are known: *Firefox/Linux*."""
        names = (_first_match(self.user_agent, known) for known in (_BROWSERS, _SYSTEMS))
        return "/".join(filter(None, names))


def describe_device(device: str) -> str:
    """Return the description of a device for its owner: *Firefox on Linux*."""
    browser, _slash, system = device.partition("/")
    if system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or _("an app")


def _first_match(user_agent: str, names: Sequence[tuple[str, str]]) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
