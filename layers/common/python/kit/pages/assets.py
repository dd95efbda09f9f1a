"""Addresses of static files, and inline icons.

`python -m web.build` names every static file after its content, so that browsers may cache it for ever,
and writes the manifest {"app.css": "app.1f0c….css"} beside this module: the layer carries it.
"""

import json
import re
from functools import cache
from pathlib import Path

STATIC_PREFIX = "/static/"
_HERE = Path(__file__).parent
MANIFEST = _HERE / "manifest.json"
ICONS = _HERE / "icons"


class AssetError(RuntimeError):
    """A page names a static file or an icon that does not exist."""


class Assets:
    """The static files of one build."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    @classmethod
    def load(cls, manifest: Path = MANIFEST) -> "Assets":
        """Read the manifest; raise `AssetError` where the layer was packed without one, so that it does not start."""
        try:
            names: dict[str, str] = json.loads(manifest.read_text("utf-8"))
        except FileNotFoundError:
            message = (
                f"{manifest.name} is missing in kit/pages: run `make web` before packing the layer"
            )
            raise AssetError(message) from None
        return cls(names)

    def url(self, name: str) -> str:
        """Return the path under which the browser finds the file `name`."""
        try:
            return STATIC_PREFIX + self._names[name]
        except KeyError:
            raise AssetError(f"no static file {name!r}: is it in web/?") from None


@cache
def icon_svg(name: str) -> str:
    """Return the Lucide icon `name` as an inline SVG that assistive technology skips."""
    try:
        source = (ICONS / f"{name}.svg").read_text("utf-8")
    except FileNotFoundError:
        raise AssetError(f"no icon {name!r}: add it to kit/pages/icons") from None
    shapes = re.sub(r"<!--.*?-->|</?svg[^>]*>", "", source, flags=re.DOTALL)
    shapes = re.sub(r"\s+", " ", shapes).strip()
    return (
        f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{shapes}</svg>'
    )
