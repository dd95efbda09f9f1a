"""Runtime with a pool of environments per function, grown on demand, renewed on edits."""

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from local.runtime.code import CodeView, Interpreter
from local.runtime.environment import Environment, Invocation, Launch
from local.runtime.invocation import NOT_STARTED, InvocationResult, TooManyRequestsError
from local.runtime.log import FunctionLog
from local.template import TemplateError
from local.template.resolver import ACCOUNT
from local.template.specs import FunctionSpec

type Variables = Callable[[FunctionSpec], Mapping[str, str]]

_RECHECK = 0.25  # seconds between checks of the code, shorter than an edit and a reload


class FunctionPool:
    """Environments of one function, and the invocations that wait for one."""

    def __init__(
        self, launch: Callable[[], Launch], log: FunctionLog, *, limit: int, patience: float
    ) -> None:
        self._launch = launch
        self._log = log
        self._limit = limit
        self._patience = patience
        self._environments: set[Environment] = set()
        self._idle: list[Environment] = []
        self._waiting: deque[Invocation] = deque()
        self._starts: set[asyncio.Task[None]] = set()

    async def invoke(self, event: bytes) -> InvocationResult:
        """Run the event in an idle environment, a new one, or the next that becomes idle."""
        loop = asyncio.get_running_loop()
        invocation = Invocation(event, loop.create_future())
        if self._idle:
            self._idle.pop().dispatch(invocation)
            return await invocation.result
        self._waiting.append(invocation)
        self._grow()
        timer = loop.call_later(self._patience, self._give_up, invocation)
        try:
            return await invocation.result
        finally:
            timer.cancel()
            if invocation in self._waiting:
                self._waiting.remove(invocation)

    async def warm(self) -> None:
        """Start an environment if there is none, and return when one is ready or has failed."""
        if not self._environments:
            self._start()
        for environment in tuple(self._environments)[:1]:
            await environment.started.wait()

    def recycle(self) -> None:
        """Retire the existing environments after their current invocation."""
        for environment in self._environments:
            environment.stale = True
        for environment in self._idle:
            environment.kill()
        self._idle.clear()

    async def close(self) -> None:
        """Kill every environment and wait until they have ended."""
        self._limit = 0
        for invocation in tuple(self._waiting):
            invocation.result.cancel()
        await asyncio.gather(*self._starts, return_exceptions=True)
        environments = tuple(self._environments)
        for environment in environments:
            environment.kill()
        await asyncio.gather(*(environment.gone.wait() for environment in environments))

    def _grow(self) -> None:
        """Start environments for waiting invocations, up to the limit."""
        live = sum(not environment.stale for environment in self._environments)
        for _ in range(min(len(self._waiting) - self._free_soon(), self._limit - live)):
            self._start()

    def _free_soon(self) -> int:
        """Return the number of environments that are starting, or have just finished an invocation."""
        return sum(not (each.busy or each.stale) for each in self._environments - {*self._idle})

    def _start(self) -> None:
        try:
            launch = self._launch()
        except TemplateError as error:  # e.g. a variable that cannot be resolved
            self._log.add("runtime", "", f"[ERROR] {error}", time.time())
            self._fail_one((NOT_STARTED, str(error)))
            return
        environment = Environment(launch, self._log, self._on_idle, self._on_exit)
        self._environments.add(environment)
        task = asyncio.create_task(self._spawn(environment))
        self._starts.add(task)
        task.add_done_callback(self._starts.discard)

    async def _spawn(self, environment: Environment) -> None:
        try:
            await environment.start()
        except OSError as error:
            environment.started.set()
            environment.gone.set()
            self._on_exit(environment, (NOT_STARTED, str(error)))

    def _on_idle(self, environment: Environment) -> None:
        if environment.stale:
            environment.kill()
        elif self._waiting:
            environment.dispatch(self._waiting.popleft())
        else:
            self._idle.append(environment)

    def _on_exit(self, environment: Environment, failure: tuple[str, str] | None) -> None:
        self._environments.discard(environment)
        if environment in self._idle:
            self._idle.remove(environment)
        if failure and not environment.stale:
            self._fail_one(failure)
        self._grow()

    def _fail_one(self, failure: tuple[str, str]) -> None:
        """Fail the oldest waiting invocation with the error of an environment that did not start."""
        if self._waiting:
            self._waiting.popleft().finish(None, failure)

    def _give_up(self, invocation: Invocation) -> None:
        """Throttle an invocation for which no environment became idle, unless one is starting."""
        if invocation in self._waiting and not self._free_soon():
            self._waiting.remove(invocation)
            invocation.result.set_exception(TooManyRequestsError("Rate Exceeded."))


class Runtime:
    """Invoker of the template's functions in environments of AWS's own runtime client.

    `variables` returns a function's environment variables, and is called for every environment.
    """

    def __init__(
        self,
        functions: Mapping[str, FunctionSpec],
        variables: Variables,
        *,
        source: Path,
        data: Path,
        log: FunctionLog | None = None,
        interpreter: Path | None = None,
        limit: int = 4,
        patience: float = 10.0,
        slowness: float = 1.0,
    ) -> None:
        """`slowness` is the factor of all timeouts."""
        self.log = log or FunctionLog()
        self._functions = dict(functions)
        self._variables = variables
        self._source = source
        self._data = data.resolve()
        self._limit = limit
        self._patience = patience * slowness
        self._slowness = slowness
        executable = interpreter or lambda_interpreter(source)
        self._interpreter = Interpreter(executable, self._data / "managed")
        self._pools: dict[str, FunctionPool] = {}
        self._views: dict[str, CodeView] = {}
        self._seen: dict[str, tuple[float, int]] = {}  # time of the check, fingerprint

    async def invoke(self, function: str, event: object) -> InvocationResult:
        """Invoke a function by its name in the template and wait for the answer."""
        pool = self._pool(function)
        self._renew_if_edited(function, pool)
        return await pool.invoke(json.dumps(event, separators=(",", ":")).encode())

    async def warm(self, function: str) -> None:
        """Start an environment of the function before the first request needs it."""
        await self._pool(function).warm()

    def recycle(self) -> None:
        """Replace every environment, e.g. because their variables changed."""
        for pool in self._pools.values():
            pool.recycle()

    async def close(self) -> None:
        """End every process."""
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    def _pool(self, function: str) -> FunctionPool:
        if function not in self._pools:
            spec = self._functions[function]
            view = CodeView.build(spec, source=self._source, views=self._data / "functions")
            self._views[function] = view
            self._seen[function] = (time.monotonic(), view.fingerprint())
            limit = self._limit if spec.concurrency is None else min(spec.concurrency, self._limit)
            self._pools[function] = FunctionPool(
                lambda: self._launch(spec, view), self.log, limit=limit, patience=self._patience
            )
        return self._pools[function]

    def _renew_if_edited(self, function: str, pool: FunctionPool) -> None:
        looked, before = self._seen[function]
        now = time.monotonic()
        if now - looked > _RECHECK:
            fingerprint = self._views[function].fingerprint()
            self._seen[function] = (now, fingerprint)
            if fingerprint != before:
                pool.recycle()

    def _launch(self, spec: FunctionSpec, view: CodeView) -> Launch:
        given = self._variables(spec)
        region = given.get("AWS_REGION", "eu-west-1")
        return Launch(
            function=spec.name,
            arn=f"arn:aws:lambda:{region}:{ACCOUNT}:function:{spec.name}",
            command=self._interpreter.command(view, spec.handler),
            variables={
                **_lambda_variables(spec, view, region),
                **given,
                "PYTHONPATH": self._interpreter.search_path(view),
            },
            folder=view.task,
            timeout=spec.timeout * self._slowness,
        )


def lambda_interpreter(source: Path) -> Path:
    """Return the interpreter with the functions' packages, or our own if it is not installed."""
    dedicated = source / ".tools/lambda/bin/python"
    return dedicated.absolute() if dedicated.exists() else Path(sys.executable)


def _lambda_variables(spec: FunctionSpec, view: CodeView, region: str) -> dict[str, str]:
    """Return the variables that Lambda itself sets in every environment."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(view.task),  # not a developer's own AWS configuration
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "_HANDLER": spec.handler,
        "LAMBDA_TASK_ROOT": str(view.task),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
    }
