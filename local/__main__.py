"""`python -m local run`: the whole product on this machine."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from pathlib import Path

from local.cloud import Cloud, Options, StartError
from local.datafolder import DataFolderInUseError
from local.demo.logins import CRM_PATH, LOGINS, PASSWORD
from local.servers import PortInUseError
from local.synth import SynthesisError
from local.template import TemplateError

_ROOT = Path(__file__).resolve().parents[1]
# A terminal and the tool that started us may both pass on the same Ctrl-C.
_ONE_CTRL_C = 0.5
# What a person can do something about: a sentence, no traceback.
_EXPLAINED = (
    DataFolderInUseError,
    PortInUseError,
    RuntimeError,
    StartError,
    SynthesisError,
    TemplateError,
)


def main() -> int:
    """Read the command line and run until somebody ends it."""
    options = _options()
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        return asyncio.run(_run(options))
    except BaseExceptionGroup as group:
        found = _first_error(group)
    except _EXPLAINED as error:
        found = error
    except KeyboardInterrupt:
        return 130
    if not isinstance(found, _EXPLAINED):
        raise found
    print(f"cannot start: {found}", file=sys.stderr)
    return 1


async def _run(options: Options) -> int:
    started = time.monotonic()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    cloud = Cloud(options)
    start = asyncio.create_task(cloud.start())
    asked = 0.0

    def end() -> None:
        nonlocal asked
        if stopping.is_set() and time.monotonic() - asked > _ONE_CTRL_C:
            os._exit(130)  # asked again: at once, and children die with us
        if not stopping.is_set():
            asked = time.monotonic()
            stopping.set()
            start.cancel()

    for wanted in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wanted, end)
    try:
        await start
    except asyncio.CancelledError:
        return 130
    cloud.warm_up()
    cloud.progress.print_line(_ready(cloud, time.monotonic() - started))
    ended = asyncio.create_task(cloud.wait_for_failure())
    await asyncio.wait(
        [asyncio.create_task(stopping.wait()), ended], return_when=asyncio.FIRST_COMPLETED
    )
    if ended.done():
        cloud.progress.print_line(f"ended unexpectedly: {ended.result()}")
    cloud.progress.print_line("stopping")
    await cloud.stop()
    return int(ended.done())


def _ready(cloud: Cloud, seconds: float) -> str:
    line = f"ready {cloud.url}  in {seconds:.1f} s, mail at {cloud.url}/_local"
    if cloud.database.demo_version:
        people = ", ".join(f"{login.email} ({login.path})" for login in LOGINS)
        line += f"; the provider's client book: {CRM_PATH}/login"
        # Last, so that it can be copied to the end of the line.
        line += f"; sign in as {people} with the password: {PASSWORD}"
    return line


def _first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    run = parser.add_subparsers(required=True).add_parser("run", help="run until Ctrl-C")
    run.add_argument("--port", type=int, default=8080, help="where to listen; 0 chooses one")
    run.add_argument("--data", type=Path, default=Path(".data"), help="what it remembers")
    run.add_argument("--stage", default="dev", help="whose template to run")
    run.add_argument("--no-demo", dest="demo", action="store_false", help="start empty")
    run.add_argument("--people", type=int, help="how many demo people in each city, 2 at least")
    run.add_argument("--country", default="DE", help="where visitors seem to be, e.g. GB")
    run.add_argument(
        "--edge-cache", action="store_true", help="keep public answers as CloudFront does"
    )
    run.add_argument(
        "--slowness", type=float, default=1.0, help="multiplies the timeouts, for a busy machine"
    )
    run.add_argument("--template", type=Path, help="a synthesized assembly instead of ours")
    chosen = parser.parse_args()
    return Options(
        root=_ROOT,
        data=chosen.data,
        port=chosen.port,
        stage=chosen.stage,
        demo=chosen.demo,
        people_per_city=chosen.people,
        assembly=chosen.template,
        country=chosen.country,
        edge_cache=chosen.edge_cache,
        slowness=chosen.slowness,
    )


if __name__ == "__main__":
    sys.exit(main())
