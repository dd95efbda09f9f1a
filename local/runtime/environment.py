"""Function environment: a process of the runtime client and the Runtime API that it polls."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
import uuid
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from local import processes
from local.runtime.invocation import CRASHED, TIMED_OUT, TOO_LARGE, InvocationResult
from local.runtime.log import FunctionLog, LogLine
from local.runtime.runtime_api import Request, read_request, response

_API = "/2018-06-01/runtime/"
_RESPONSE_LIMIT = 6 * 1024 * 1024 + 100
# Lambda allows ten seconds; a busy laptop starting everything at once needs more.
_INIT_TIMEOUT = 60.0
_HEADER_LIMIT = 2 * 1024 * 1024  # an error's cause travels in a header of up to 1 MiB


@dataclass(eq=False)
class Invocation:
    """Event that an environment handles, with its pending result."""

    event: bytes
    result: asyncio.Future[InvocationResult]
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = 0.0  # monotonic
    log: list[LogLine] = field(default_factory=list)

    def finish(self, payload: object, error: tuple[str, str] | None = None) -> None:
        """Set the result, unless the caller has stopped waiting."""
        if not self.result.done():
            kind, message = error or (None, "")
            duration = time.monotonic() - self.started if self.started else 0.0
            answer = InvocationResult(
                self.request_id, payload, kind, message, tuple(self.log), duration
            )
            self.result.set_result(answer)


@dataclass(frozen=True)
class Launch:
    """Parameters for starting an environment."""

    function: str
    arn: str
    command: Sequence[str]
    variables: Mapping[str, str]
    folder: Path
    timeout: float


class Environment:
    """Process that handles one invocation at a time.

    `on_idle` is called when the process asks for work, `on_exit` once after it has ended, with the
    error if it failed to start.
    """

    def __init__(
        self,
        launch: Launch,
        log: FunctionLog,
        on_idle: Callable[["Environment"], None],
        on_exit: Callable[["Environment", tuple[str, str] | None], None],
    ) -> None:
        self.stale = False
        self.ready = False  # has asked for work at least once
        self._launch = launch
        self._log = log
        self._on_idle = on_idle
        self._on_exit = on_exit
        self._process: subprocess.Popen[bytes] | None = None
        self._server: asyncio.Server | None = None
        self._output = -1
        self._partial = b""
        self._current: Invocation | None = None
        self._next: asyncio.Future[Invocation] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._init_error: tuple[str, str] | None = None
        self.started = asyncio.Event()  # has asked for work, or has failed to start
        self.gone = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Tell whether an invocation is running."""
        return self._current is not None

    async def start(self) -> None:
        """Open the Runtime API and start the process against it."""
        loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_HEADER_LIMIT)
        port = self._server.sockets[0].getsockname()[1]
        variables = {**self._launch.variables, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"}
        self._output, write_end = os.pipe()
        os.set_blocking(self._output, False)
        try:
            self._process = await asyncio.to_thread(
                processes.spawn,
                self._launch.command,
                env=variables,
                cwd=self._launch.folder,
                stdout=write_end,
                stderr=subprocess.STDOUT,
            )
        finally:
            os.close(write_end)
        self._timer = loop.call_later(_INIT_TIMEOUT, self.kill)
        loop.add_reader(self._output, self._read_output)

    def dispatch(self, invocation: Invocation) -> None:
        """Send an invocation to the waiting process."""
        assert self._next is not None, "dispatch follows on_idle"  # noqa: S101
        invocation.started = time.monotonic()
        self._current = invocation
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._launch.timeout, self._time_out)
        self._next.set_result(invocation)
        self._next = None

    def kill(self) -> None:
        """Kill the process and its child processes."""
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while request := await read_request(reader):
                writer.write(await self._answer(request))
                await writer.drain()
        writer.close()

    async def _answer(self, request: Request) -> bytes:
        match request.path.removeprefix(_API).split("/"):
            case ["invocation", "next"]:
                return await self._give_work()
            case ["invocation", request_id, "response"]:
                return self._finish(request_id, request.body, failed=False)
            case ["invocation", request_id, "error"]:
                return self._finish(request_id, request.body, failed=True)
            case ["init", "error"]:
                self._init_error = _error_of(request.body)
                return response(HTTPStatus.ACCEPTED, {}, b'{"status":"OK"}')
        return response(HTTPStatus.NOT_FOUND, {}, b"{}")

    async def _give_work(self) -> bytes:
        self._cancel_timer()
        self.ready = True
        self.started.set()
        self._next = asyncio.get_running_loop().create_future()
        waiting = self._next
        self._on_idle(self)
        invocation = await waiting
        deadline = int((time.time() + self._launch.timeout) * 1000)
        trace = f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Sampled=0"
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": self._launch.arn,
            "Lambda-Runtime-Trace-Id": trace,
        }
        return response(HTTPStatus.OK, headers, invocation.event)

    def _finish(self, request_id: str, body: bytes, *, failed: bool) -> bytes:
        current = self._current
        if current is None or current.request_id != request_id:
            return response(HTTPStatus.BAD_REQUEST, {}, b'{"errorType":"InvalidRequestID"}')
        if failed:
            self._end(None, _error_of(body))
        elif len(body) > _RESPONSE_LIMIT:
            text = f"Response payload size exceeded maximum allowed: {len(body)} bytes"
            self._end(None, (TOO_LARGE, text))
        else:
            self._end(json.loads(body or b"null"))
        return response(HTTPStatus.ACCEPTED, {}, b'{"status":"OK"}')

    def _end(self, payload: object, error: tuple[str, str] | None = None) -> None:
        """Finish the current invocation, after its output."""
        self._cancel_timer()
        self._drain()
        if current := self._current:
            self._current = None
            current.finish(payload, error)

    def _time_out(self) -> None:
        current = self._current
        seconds = f"{self._launch.timeout:.2f} seconds"
        self.kill()
        if current:
            self._drain()
            self._log_line(f"Task timed out after {seconds}")
            text = f"RequestId: {current.request_id} Error: Task timed out after {seconds}"
            self._end(None, (TIMED_OUT, text))

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _read_output(self) -> None:
        """Read the process's output; the end of the output means that the process has ended."""
        if not self._drain():
            asyncio.get_running_loop().remove_reader(self._output)
            self._exited()

    def _drain(self) -> bool:
        """Read the available output; return False at its end."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._output, 65536):
                *lines, self._partial = (self._partial + data).split(b"\n")
                for line in lines:
                    self._log_line(line.decode(errors="replace").replace("\r", "\n"))
            return False
        return True

    def _log_line(self, line: str) -> None:
        current = self._current
        request_id = current.request_id if current else ""
        entry = self._log.add(self._launch.function, request_id, line, time.time())
        if current:
            current.log.append(entry)

    def _exited(self) -> None:
        process, server = self._process, self._server
        assert process is not None, "only a started process has output"  # noqa: S101
        assert server is not None, "the server came first"  # noqa: S101
        if self._partial:
            self._log_line(self._partial.decode(errors="replace"))
        self.kill()  # a process may close its output and keep running
        code = process.wait()
        how = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        failure = self._init_error or (CRASHED, f"Runtime exited with error: {how}")
        if current := self._current:
            self._log_line(failure[1])
            self._end(None, (failure[0], f"RequestId: {current.request_id} Error: {failure[1]}"))
        self._cancel_timer()
        if self._next:
            self._next.cancel()
        server.close()
        os.close(self._output)
        self.started.set()
        self.gone.set()
        self._on_exit(self, None if self.ready else failure)


def _error_of(body: bytes) -> tuple[str, str]:
    """Return the type and the message of an error report."""
    report = json.loads(body or b"{}")
    return report.get("errorType") or "Error", report.get("errorMessage", "")
