"""Build of the static files: hashed names, the manifest, the licences."""

import json
import re
from pathlib import Path

import pytest

from web.build import build, hashed_name


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    dist = tmp_path / "dist"
    return dist, build(dist, tmp_path / "copy.json")


def test_build_names_files_by_content_hash(built: tuple[Path, dict[str, str]]) -> None:
    dist, manifest = built

    for name, file in manifest.items():
        assert file == hashed_name(name, (dist / file).read_bytes())
    assert {path.name for path in dist.iterdir()} == {*manifest.values(), "manifest.json"}


def test_build_copies_manifest_to_layer(tmp_path: Path, built: tuple[Path, dict[str, str]]) -> None:
    dist, manifest = built

    assert (tmp_path / "copy.json").read_bytes() == (dist / "manifest.json").read_bytes()
    assert json.loads((tmp_path / "copy.json").read_text()) == manifest


def test_build_is_reproducible(tmp_path: Path, built: tuple[Path, dict[str, str]]) -> None:
    dist, manifest = built
    before = {path.name: path.read_bytes() for path in dist.iterdir()}
    (dist / "app.0000.css").write_text("left over")

    again = build(dist, tmp_path / "copy.json")

    assert again == manifest
    assert {path.name: path.read_bytes() for path in dist.iterdir()} == before


def test_style_sheet_refers_to_existing_files(
    built: tuple[Path, dict[str, str]],
) -> None:
    dist, manifest = built
    stylesheet = (dist / manifest["app.css"]).read_text()

    named = re.findall(r"url\(([^)]*)\)", stylesheet)

    assert named
    assert all((dist / name.strip('"')).exists() for name in named)
    assert stylesheet.startswith("@layer reset, tokens, base, layout, components, utilities;")


def test_licences_of_vendored_files_are_served(built: tuple[Path, dict[str, str]]) -> None:
    dist, manifest = built
    text = (dist / manifest["licences.txt"]).read_text()

    assert "SIL OPEN FONT LICENSE" in text.upper()
    assert "ISC License" in text
    assert "Zero-Clause BSD" in text
