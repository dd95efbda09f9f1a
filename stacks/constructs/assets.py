"""Assets of functions: staged here, so that the content and its hash depend on the sources alone.

A function's asset holds its feature's folder and nothing else. Byte code is compiled when the assets are
really needed (for a deployment), as unchecked-hash, because a missing or stale `.pyc` costs most of a cold start.
"""

import compileall
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from py_compile import PycInvalidationMode

from aws_cdk import AssetHashType, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"
MIGRATIONS = ROOT / "migrations"
_JUNK = shutil.ignore_patterns("__pycache__", "*.pyc", "*.md", "*.po", "*.pot", ".*")


def files_under(folder: Path) -> Iterator[Path]:
    """Yield the source files of `folder` in a stable order."""
    for path in sorted(folder.rglob("*")):
        # Only names inside the folder count: the project itself may be below a hidden folder.
        names = path.relative_to(folder).parts
        hidden = any(name.startswith(".") or name == "__pycache__" for name in names)
        if path.is_file() and not hidden:
            yield path


def digest(folders: Mapping[str, Path], *extra: str) -> str:
    """Hash names and contents of `folders` (and anything else that changes the result)."""
    sha = hashlib.sha256("\0".join(extra).encode())
    for name, folder in sorted(folders.items()):
        for path in files_under(folder) if folder.is_dir() else [folder]:
            sha.update(f"{name}\0{path.relative_to(folder)}\0".encode())
            sha.update(path.read_bytes())
    return sha.hexdigest()


def code(scope: Construct, folders: Mapping[str, Path]) -> lambda_.AssetCode:
    """Return an asset with each folder or file of `folders` under its name; missing ones are left out."""
    present = {name: path for name, path in folders.items() if path.exists()}
    compiled = Stack.of(scope).bundling_required
    with tempfile.TemporaryDirectory() as temporary:
        target = Path(temporary)
        for name, source in present.items():
            _copy(source, target / name)
        if compiled:
            compile_tree(target)
        asset = lambda_.Code.from_asset(
            str(target),
            asset_hash=digest(present, f"compiled={compiled}"),
            asset_hash_type=AssetHashType.CUSTOM,
        )
        asset.bind(scope)  # copies the folder into the assembly now, while it exists
    return asset


def compile_tree(folder: Path) -> None:
    """Compile everything below `folder` to byte code that is never checked against its source."""
    compileall.compile_dir(
        folder, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH, stripdir=str(folder)
    )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=_JUNK)
    else:
        shutil.copyfile(source, target)
