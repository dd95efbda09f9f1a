"""Start of the demo data process with a function's environment."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from local import processes
from local.services.context import CloudServices

__all__ = ["load_demo"]

_VERSION = "1"
# The functions whose tables and keys the process uses; a variable of both has the same value in both.
_HANDLERS = ("crm.handler.handler", "escorts.dashboard_handler.handler")
_PATHS = ("functions", "layers/common/python", ".")


async def load_demo(services: CloudServices, root: Path, people_per_city: int | None) -> int:
    """Load the demo data; return the number of profiles in the directory."""
    specs = {one.handler: one for one in services.template.functions.values()}
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
        **{
            name: text
            for handler in _HANDLERS
            for name, text in services.environment(specs[handler]).items()
        },
        "AWS_DEFAULT_REGION": services.template.region,
        "DB_USER": services.database.owner,
        "PYTHONPATH": os.pathsep.join(str(root / path) for path in _PATHS),
    }
    arguments = [_VERSION] if people_per_city is None else [_VERSION, str(people_per_city)]
    process = await asyncio.to_thread(_start, arguments, environment, root)
    out, err = await asyncio.to_thread(process.communicate)
    if process.returncode:
        raise RuntimeError(f"the demo data could not be loaded:\n{err.decode().strip()}")
    return int(out)


def _start(
    arguments: list[str], environment: dict[str, str], root: Path
) -> subprocess.Popen[bytes]:
    return processes.spawn(
        [sys.executable, "-m", "local.demo", *arguments],
        env=environment,
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
