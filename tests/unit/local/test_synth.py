"""Synthesis is repeated when something it depends on has changed, and only then."""

from pathlib import Path

import pytest

from local.synth import SynthesisError, source_hash, synthesize

APP = """
import argparse, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--stage")
parser.add_argument("--out", type=pathlib.Path)
chosen = parser.parse_args()
(chosen.out / "manifest.json").write_text(chosen.stage)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Create a project whose synthesis takes no time."""
    root = tmp_path / "project"
    for folder in (
        "stacks",
        "functions/shop",
        "layers/common/python/kit",
        "layers/common/python/contracts",
    ):
        (root / folder).mkdir(parents=True)
    (root / "app.py").write_text(APP)
    (root / "cdk.json").write_text("{}")
    (root / "uv.lock").write_text("lock")
    (root / "stacks" / "shop.py").write_text("one")
    (root / "functions" / "shop" / "handler.py").write_text("one")
    return root


def test_unchanged_project_is_synthesized_once(root: Path) -> None:
    first, cached = synthesize(root, root / "cache", "dev")
    assert not cached
    assert (first / "manifest.json").read_text() == "dev"
    assert synthesize(root, root / "cache", "dev") == (first, True)


@pytest.mark.parametrize(
    "path",
    [
        "app.py",
        "cdk.json",
        "uv.lock",
        "stacks/shop.py",
        "stacks/new.py",
        "layers/common/python/contracts/shop.py",
    ],
)
def test_changed_stack_is_synthesized_again(root: Path, path: str) -> None:
    before = source_hash(root, "dev")
    (root / path).write_text("changed")
    assert source_hash(root, "dev") != before


def test_changed_function_code_needs_no_synthesis(root: Path) -> None:
    before = source_hash(root, "dev")
    (root / "functions" / "shop" / "handler.py").write_text("two")
    assert source_hash(root, "dev") == before
    (root / "functions" / "bakery").mkdir()
    assert source_hash(root, "dev") != before


def test_changed_stage_or_settings_are_synthesized_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = source_hash(root, "dev")
    assert source_hash(root, "prod") != before
    monkeypatch.setenv("HELLOMAHI_REGION", "eu-west-1")
    assert source_hash(root, "dev") != before


def test_failed_synthesis_reports_output_and_leaves_nothing(root: Path) -> None:
    (root / "app.py").write_text("raise SystemExit('no such stage')")
    with pytest.raises(SynthesisError, match="no such stage"):
        synthesize(root, root / "cache", "dev")
    assert list((root / "cache").iterdir()) == []


def test_old_assemblies_are_deleted(root: Path) -> None:
    for number in range(6):
        (root / "stacks" / "shop.py").write_text(str(number))
        latest, _ = synthesize(root, root / "cache", "dev")
    assert latest.exists()
    assert len(list((root / "cache").iterdir())) == 3
