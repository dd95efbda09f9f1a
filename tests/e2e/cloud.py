"""The local cloud as its users run it: a process of its own, started by `python -m local run`."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0
_READY = re.compile(r"\bready (http://localhost:(\d+))")
# Nothing of the tests' own environment: what the functions get, they get from the template.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME")


@dataclass
class CloudProcess:
    """The local cloud over a data folder; may be started again, then at the same address."""

    data: Path
    options: tuple[str, ...] = ()
    output: list[str] = field(default_factory=list)
    url: str = ""
    port: int = 0
    started_in: float = 0.0
    _ready: bool = False
    _process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        """Start, and wait until it says that it is ready."""
        began = time.monotonic()
        self.output.clear()
        self._ready = False
        command = [sys.executable, "-m", "local", "run", "--data", str(self.data)]
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), *self.options],
            cwd=ROOT,
            env=environment | {"PYTHONPATH": "functions:layers/common/python:."},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        decided = threading.Event()
        threading.Thread(target=self._read, args=(decided,), daemon=True).start()
        decided.wait(PATIENCE)
        if not self._ready:
            self.end(signal.SIGKILL)
            raise AssertionError("the local cloud did not start:\n" + "\n".join(self.output))
        self.started_in = time.monotonic() - began
        return self

    def _read(self, decided: threading.Event) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line.rstrip())
            if found := _READY.search(line):
                self.url, self.port = found[1], int(found[2])
                self._ready = True
                decided.set()
        decided.set()

    def advance(self, by: timedelta) -> None:
        """Move its clock forward."""
        body = {"seconds": by // timedelta(seconds=1)}
        httpx.post(f"{self.url}/_local/clock/advance", json=body).raise_for_status()

    def processes(self) -> set[int]:
        """Return the ids of the process and of everything that it started, directly or not."""
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

    def end(self, how: signal.Signals) -> int:
        """Send a signal to the main process alone, as a terminal's user would; return its code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(how)
        code = self._process.wait(60)
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
        known = self.processes()
        try:
            self.end(signal.SIGINT)
        except subprocess.TimeoutExpired:
            self.end(signal.SIGKILL)
        for pid in alive(known):
            os.kill(pid, signal.SIGKILL)


def alive(pids: set[int], *, within: float = 0.0) -> set[int]:
    """Return which of `pids` still run, after giving them some seconds to end."""
    deadline = time.monotonic() + within
    while True:
        left = pids & {pid for pid, _ in _process_table()}
        if not left or time.monotonic() >= deadline:
            return left
        time.sleep(0.05)


def _process_table() -> list[tuple[int, int]]:
    """Return (id, parent) of every process that is not merely waiting to be reaped."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    rows = (line.split() for line in listing.stdout.splitlines())
    return [(int(pid), int(parent)) for pid, parent, state in rows if not state.startswith("Z")]
