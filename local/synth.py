"""Synthesis of the template, cached by a hash of its inputs.

Functions' code is loaded from the source tree at run time, so an edit there needs no synthesis:
the hash covers the stacks, the contracts that name the events, the names of the packages, and the lock file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["SynthesisError", "source_hash", "synthesize"]

_FILES = ("app.py", "cdk.json", "uv.lock")
_BUILT = "web/dist/manifest.json"
_LAYER = "layers/common/python"
_CODE = ("stacks", f"{_LAYER}/contracts")
_PACKAGES = ("functions", _LAYER)
# The environment variables that stacks/settings.py reads.
_VARIABLES = ("HELLOMAHI_", "CDK_DEFAULT_")
_KEPT = 3


class SynthesisError(RuntimeError):
    """Error: `app.py` failed; the message has its output."""


def source_hash(root: Path, stage: str) -> str:
    """Return a digest of everything the template depends on."""
    digest = hashlib.sha256(f"2\0{stage}".encode())
    for path in _sources(root):
        digest.update(f"\0{path.relative_to(root)}\0".encode())
        digest.update(path.read_bytes())
    for folder in _PACKAGES:
        names = (entry.name for entry in (root / folder).iterdir() if entry.is_dir())
        digest.update("\0".join(sorted(names)).encode())
    # Only whether the folder exists counts; its files are served live.
    digest.update(str((root / _BUILT).exists()).encode())
    for name in sorted(os.environ):
        if name.startswith(_VARIABLES):
            digest.update(f"\0{name}={os.environ[name]}".encode())
    return digest.hexdigest()[:16]


def synthesize(root: Path, cache: Path, stage: str) -> tuple[Path, bool]:
    """Return the folder with the cloud assembly, and whether it was cached."""
    assembly = cache / source_hash(root, stage)
    if (assembly / "manifest.json").exists():
        assembly.touch()
        return assembly, True
    cache.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=cache))
    try:
        _run(root, draft, stage)
        if not assembly.exists():  # another start may have been quicker
            draft.rename(assembly)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _delete_old(cache)
    return assembly, False


def _sources(root: Path) -> Iterator[Path]:
    for name in _FILES:
        if (root / name).is_file():
            yield root / name
    for folder in _CODE:
        yield from sorted((root / folder).rglob("*.py"))


def _run(root: Path, out: Path, stage: str) -> None:
    environment = os.environ | {
        "CDK_VALIDATION": "false",  # 7 s of 20, and only a deployment needs it
        "PYTHONPATH": str(root / _LAYER),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    result = subprocess.run(
        [sys.executable, "app.py", "--stage", stage, "--out", str(out)],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SynthesisError(f"app.py could not be synthesized:\n{result.stderr.strip()}")


def _delete_old(cache: Path) -> None:
    """Delete all but the newest few assemblies, which serve switching between branches."""
    finished = (path for path in cache.iterdir() if not path.name.startswith("draft-"))
    assemblies = sorted(finished, key=lambda path: path.stat().st_mtime, reverse=True)
    for assembly in assemblies[_KEPT:]:
        shutil.rmtree(assembly, ignore_errors=True)
