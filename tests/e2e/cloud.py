"""Local cloud as a separate process, started by `python -m local run`."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from local import processes
from local.demo.logins import CRM_PATH

ROOT = Path(__file__).parents[2]
PATIENCE = 600.0
# A busy machine gives a function less processor time than AWS: longer timeouts avoid failures.
_SLOWNESS = 8
_READY = re.compile(r"\bready (http://localhost:(\d+))")
# Each is served by another function: accounts, directory, dashboard, bookings, client book.
_PAGES = ("/login", "/", f"{CRM_PATH.removesuffix('/crm')}/admin", "/bookings", f"{CRM_PATH}/login")
# The tests' other variables are not passed on: functions get theirs from the template.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME")


@dataclass
class CloudProcess:
    """The local cloud over a data folder; may be started again, then at the same address."""

    data: Path
    options: tuple[str, ...] = ()
    output: list[str] = field(default_factory=list)
    url: str = ""
    port: int = 0
    _ready: bool = False
    _process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Return the path of the functions' log."""
        return self.data / "functions.log"

    @property
    def running(self) -> bool:
        """Tell whether the started process is running."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start the process, and wait until it reports that it is ready."""
        self.output.clear()
        self._ready = False
        command = [sys.executable, "-m", "local", "run", "--data", str(self.data)]
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        # SIGINT if the tests are killed, so that an aborted run leaves no process.
        self._process = processes.spawn(
            [*command, "--port", str(self.port), "--slowness", str(_SLOWNESS), *self.options],
            cwd=ROOT,
            env=environment | {"PYTHONPATH": "functions:layers/common/python:."},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            death_signal=signal.SIGINT,
        )
        decided = threading.Event()
        threading.Thread(target=self._read, args=(decided,), daemon=True).start()
        decided.wait(PATIENCE)
        if not self._ready:
            self.stop(signal.SIGKILL)
            raise AssertionError("the local cloud did not start:\n" + "\n".join(self.output))
        self._wait_until_warm()
        return self

    def _wait_until_warm(self) -> None:
        """Request a page of each function until the function responds.

        On a busy machine the first response takes longer than the gateway's timeout.
        """
        deadline = time.monotonic() + PATIENCE
        for path in _PAGES:
            while httpx.get(f"{self.url}{path}", timeout=PATIENCE).status_code >= 500:
                assert time.monotonic() < deadline, f"{path} does not answer"

    def _read(self, decided: threading.Event) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line.decode(errors="replace").rstrip())
            if found := _READY.search(self.output[-1]):
                self.url, self.port = found[1], int(found[2])
                self._ready = True
                decided.set()
        decided.set()

    def advance_clock(self, by: timedelta) -> None:
        """Advance the cloud's clock."""
        body = {"seconds": by // timedelta(seconds=1)}
        answer = httpx.post(f"{self.url}/_local/clock/advance", json=body, timeout=PATIENCE)
        answer.raise_for_status()

    def process_ids(self) -> set[int]:
        """Return the ids of the process and of all its descendants."""
        assert self._process is not None
        children: dict[int, set[int]] = {}
        for pid, parent in _process_table():
            children.setdefault(parent, set()).add(pid)
        found, waiting = set(), [self._process.pid]
        while waiting:
            pid = waiting.pop()
            found.add(pid)
            waiting += children.get(pid, ())
        return found

    def stop(self, how: signal.Signals) -> int:
        """Send a signal to the main process alone; return its exit code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(how)
        code = self._process.wait(PATIENCE)
        self._process = None
        return code

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        known = self.process_ids()
        try:
            self.stop(signal.SIGINT)
        except subprocess.TimeoutExpired:
            self.stop(signal.SIGKILL)
        for pid in still_running(known):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def shared_cloud(folder: Path) -> Iterator[CloudProcess]:
    """Start the cloud of a folder, or join the one that another worker started there.

    The worker that started the cloud ends it, after every other worker has left.
    """
    folder.mkdir(exist_ok=True)
    state = folder / "state.json"
    with (folder / "start").open("w") as start, (folder / "users").open("w") as users:
        fcntl.flock(start, fcntl.LOCK_EX)
        known = json.loads(state.read_text()) if state.exists() else None
        if known and still_running({known["pid"]}):
            fcntl.flock(users, fcntl.LOCK_SH)
            fcntl.flock(start, fcntl.LOCK_UN)
            yield CloudProcess(
                folder / known["data"], output=known["output"], url=known["url"], port=known["port"]
            )
            return
        # After a worker that was killed, the data folder of its cloud is not taken over.
        data = folder / f"data-{os.getpid()}"
        with CloudProcess(data) as running:
            assert running._process is not None
            described = {"pid": running._process.pid, "data": data.name, "output": running.output}
            state.write_text(json.dumps(described | {"url": running.url, "port": running.port}))
            fcntl.flock(start, fcntl.LOCK_UN)
            yield running
            # No worker can join from here on, and those that have joined are waited for.
            fcntl.flock(start, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_EX)
            state.unlink()


def still_running(pids: set[int], *, within: float = 0.0) -> set[int]:
    """Return those of `pids` that still run, after at most `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        left = pids & {pid for pid, _ in _process_table()}
        if not left or time.monotonic() >= deadline:
            return left
        time.sleep(0.05)


def _process_table() -> list[tuple[int, int]]:
    """Return (id, parent) of every process that is not a zombie."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    rows = (line.split() for line in listing.stdout.splitlines())
    return [(int(pid), int(parent)) for pid, parent, state in rows if not state.startswith("Z")]
