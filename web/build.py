"""Build of web/dist: every static file named by its content hash, and manifest.json {name: file name}.

    python -m web.build

A file's name changes with its content, so browsers and the CDN may cache it for ever. The manifest
is copied into kit/pages, because the functions that render pages have only the layer. The same
sources give the same bytes.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

WEB = Path(__file__).parent
DIST = WEB / "dist"
PAGES = WEB.parent / "layers/common/python/kit/pages"
LAYERS = ("reset", "tokens", "base", "layout", "components", "utilities")
LICENCES = {
    "htmx (web/vendor)": WEB / "vendor/htmx-LICENSE",
    "Inter (web/fonts)": WEB / "fonts/inter-LICENSE",
    "Lucide icons": PAGES / "icons/LICENSE",
}
_URL = re.compile(r'url\("([^"]+)"\)')


def build(dist: Path = DIST, manifest_copy: Path = PAGES / "manifest.json") -> dict[str, str]:
    """Write all static files to `dist` and return the manifest."""
    files = _plain_files()
    files["licences.txt"] = _licences()
    names = {name: hashed_name(name, content) for name, content in files.items()}
    # The style sheet refers to other files, so its hash comes after theirs.
    files["app.css"] = _style_sheet(names)
    names["app.css"] = hashed_name("app.css", files["app.css"])
    manifest = dict(sorted(names.items()))
    text = json.dumps(manifest, indent=2) + "\n"

    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir(parents=True)
    for name, content in files.items():
        (dist / manifest[name]).write_bytes(content)
    manifest_copy.write_text(text, "utf-8")
    (dist / "manifest.json").write_text(text, "utf-8")
    return manifest


def hashed_name(name: str, content: bytes) -> str:
    """Return `app.css` as `app.<hash of its content>.css`."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"


def _plain_files() -> dict[str, bytes]:
    patterns = ("js/*.js", "vendor/*.js", "fonts/*.woff2", "images/*.svg")
    found = sorted(path for pattern in patterns for path in WEB.glob(pattern))
    return {path.name: path.read_bytes() for path in found}


def _licences() -> bytes:
    parts = [f"{title}\n\n{path.read_text('utf-8').strip()}\n" for title, path in LICENCES.items()]
    return f"\n{'-' * 80}\n\n".join(parts).encode()


def _style_sheet(names: dict[str, str]) -> bytes:
    """Join the CSS layers in order and replace url("…") by the hashed names."""
    parts = [f"@layer {', '.join(LAYERS)};\n"]
    stylesheets = [
        stylesheet for layer in LAYERS for stylesheet in sorted(WEB.glob(f"css/{layer}*.css"))
    ]
    parts += [stylesheet.read_text("utf-8") for stylesheet in stylesheets]
    return _URL.sub(lambda found: f'url("{names[found[1]]}")', "\n".join(parts)).encode()


def main() -> int:
    """Build the files and print a summary."""
    manifest = build()
    total = sum((DIST / name).stat().st_size for name in manifest.values())
    sys.stdout.write(f"web/dist: {len(manifest)} files, {total / 1024:.0f} KB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
