"""Command line of the local cloud: `python -m local run` runs the whole product on this machine."""

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
# The terminal and the parent process may both forward the same Ctrl-C.
_ONE_CTRL_C = 0.5
# Errors that the developer can fix: printed as one sentence, without a traceback.
_EXPLAINED = (
    DataFolderInUseError,
    PortInUseError,
    RuntimeError,
    StartError,
    SynthesisError,
    TemplateError,
)


def main() -> int:
    """Read the command line and run until a signal arrives."""
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
    requested_at = 0.0

    def request_stop() -> None:
        nonlocal requested_at
        if stopping.is_set() and time.monotonic() - requested_at > _ONE_CTRL_C:
            os._exit(130)  # second signal: exit at once; the child processes end with this one
        if not stopping.is_set():
            requested_at = time.monotonic()
            stopping.set()
            start.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, request_stop)
    try:
        await start
    except asyncio.CancelledError:
        return 130
    cloud.warm_up()
    cloud.progress.print_line(_ready_line(cloud, time.monotonic() - started))
    ended = asyncio.create_task(cloud.wait_for_failure())
    await asyncio.wait(
        [asyncio.create_task(stopping.wait()), ended], return_when=asyncio.FIRST_COMPLETED
    )
    if ended.done():
        cloud.progress.print_line(f"ended unexpectedly: {ended.result()}")
    cloud.progress.print_line("stopping")
    await cloud.stop()
    return int(ended.done())


def _ready_line(cloud: Cloud, seconds: float) -> str:
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
    run.add_argument(
        "--port", type=int, default=8080, help="port to listen on; 0 chooses a free one"
    )
    run.add_argument("--data", type=Path, default=Path(".data"), help="data folder")
    run.add_argument("--stage", default="dev", help="stage whose template to run")
    run.add_argument("--no-demo", dest="demo", action="store_false", help="start without demo data")
    run.add_argument("--people", type=int, help="number of demo profiles in each city, at least 2")
    run.add_argument("--country", default="DE", help="country of the visitors, e.g. GB")
    run.add_argument(
        "--edge-cache", action="store_true", help="cache public responses as CloudFront does"
    )
    run.add_argument(
        "--slowness", type=float, default=1.0, help="factor of the timeouts, for a busy machine"
    )
    run.add_argument("--template", type=Path, help="cloud assembly to use instead of synthesizing")
    arguments = parser.parse_args()
    return Options(
        root=_ROOT,
        data=arguments.data,
        port=arguments.port,
        stage=arguments.stage,
        demo=arguments.demo,
        people_per_city=arguments.people,
        assembly=arguments.template,
        country=arguments.country,
        edge_cache=arguments.edge_cache,
        slowness=arguments.slowness,
    )


if __name__ == "__main__":
    sys.exit(main())
