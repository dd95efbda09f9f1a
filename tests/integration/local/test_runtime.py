"""Function environments: real processes of AWS's runtime client."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from local.runtime.invocation import CRASHED, TIMED_OUT, TooManyRequestsError
from local.template import TemplateError
from local.template.specs import FunctionSpec
from tests.factories.waiting import PATIENCE, wait_until_async
from tests.integration.local.conftest import ROOT, RuntimeFixture

pytestmark = pytest.mark.anyio

LOOKS_AGAIN = 0.3
"""Seconds after which the runtime checks the code again, at the latest."""
SHOP = """
import os, sys, time
from pathlib import Path

def wait_for(condition):
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise TimeoutError

def handler(event, context):
    match event.get("do"):
        case "hang":
            print("about to hang")
            time.sleep(60)
        case "crash":
            print("about to crash", flush=True)
            os._exit(7)
        case "raise":
            raise ValueError("no such thing")
        case "print":
            print("one")
            print("two", file=sys.stderr)
        case "wait":
            Path(event["begun"]).touch()
            wait_for(Path(event["go"]).exists)
        case "meet":
            entered, inside = Path(event["entered"]), Path(event["inside"])
            (inside / context.aws_request_id).touch()
            (entered / context.aws_request_id).touch()
            wait_for(lambda: len(list(entered.iterdir())) >= event["count"])
            present = len(list(inside.iterdir()))
            (inside / context.aws_request_id).unlink()
            return {"pid": os.getpid(), "present": present}
        case "large":
            return "x" * (7 * 1024 * 1024)
    return {
        "pid": os.getpid(),
        "event": event,
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "left": context.get_remaining_time_in_millis(),
        "function": context.function_name,
        "memory": context.memory_limit_in_mb,
        "color": os.environ.get("COLOR"),
    }
"""


@pytest.fixture
def example_functions(runtime_fixture: RuntimeFixture) -> RuntimeFixture:
    runtime_fixture.write("functions/shop/__init__.py", "")
    runtime_fixture.write("functions/shop/handler.py", SHOP)
    return runtime_fixture


def is_gone(pid: int) -> bool:
    """Tell whether there is no such process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def wait_for_end_of(pid: int) -> None:
    """Wait until a process has ended."""
    await wait_until_async(lambda: is_gone(pid), f"the end of process {pid}")


class Pause:
    """Invocation that waits until the test continues it."""

    def __init__(self, folder: Path) -> None:
        self._begun, self._go = folder / "begun", folder / "go"

    @property
    def event(self) -> dict[str, str]:
        """Return the event that makes the function wait."""
        return {"do": "wait", "begun": str(self._begun), "go": str(self._go)}

    async def wait_for_begin(self) -> None:
        """Wait until the function waits."""
        await wait_until_async(self._begun.exists, "the function begins")

    def end(self) -> None:
        """Continue the function."""
        self._go.touch()


async def test_invocation_has_lambda_context(
    example_functions: RuntimeFixture,
) -> None:
    function = example_functions.make_function("Shop", "shop.handler.handler", timeout=60)
    runtime = example_functions.make_runtime(function, variables=lambda _: {"COLOR": "blue"})
    result = await runtime.invoke("Shop", {"é": [1, None]})
    assert result.ok, result.error_message
    assert result.payload["event"] == {"é": [1, None]}
    assert result.payload["request"] == result.request_id
    assert result.payload["arn"].endswith(":function:Shop")
    assert 30_000 < result.payload["left"] <= 60_000
    assert result.payload["function"] == "Shop"
    assert result.payload["memory"] == "128"
    assert result.payload["color"] == "blue"


async def test_warm_environment_is_reused(
    example_functions: RuntimeFixture,
) -> None:
    runtime = example_functions.make_runtime(
        example_functions.make_function("Shop", "shop.handler.handler")
    )
    pids = {(await runtime.invoke("Shop", {})).payload["pid"] for _ in range(20)}
    assert len(pids) == 1


async def test_invoke_unknown_function_raises_key_error(example_functions: RuntimeFixture) -> None:
    with pytest.raises(KeyError):
        await example_functions.make_runtime().invoke("Nobody", {})


async def test_raised_error_is_reported_and_environment_survives(
    example_functions: RuntimeFixture,
) -> None:
    runtime = example_functions.make_runtime(
        example_functions.make_function("Shop", "shop.handler.handler")
    )
    before = (await runtime.invoke("Shop", {})).payload["pid"]
    failed = await runtime.invoke("Shop", {"do": "raise"})
    assert (failed.error_type, failed.error_message) == ("ValueError", "no such thing")
    assert "Traceback" in failed.log[0].line
    assert (await runtime.invoke("Shop", {})).payload["pid"] == before


async def test_output_is_logged_with_its_request(example_functions: RuntimeFixture) -> None:
    runtime = example_functions.make_runtime(
        example_functions.make_function("Shop", "shop.handler.handler")
    )
    result = await runtime.invoke("Shop", {"do": "print"})
    assert [line.line for line in result.log] == ["one", "two"]
    assert list(runtime.log.lines(request_id=result.request_id)) == list(result.log)
    assert (await runtime.invoke("Shop", {})).log == ()


async def test_hanging_invocation_is_killed_at_timeout_alone(
    example_functions: RuntimeFixture,
) -> None:
    hangs = example_functions.make_function("Hangs", "shop.handler.handler", timeout=3)
    runtime = example_functions.make_runtime(
        hangs, example_functions.make_function("Shop", "shop.handler.handler")
    )
    pid = (await runtime.invoke("Hangs", {})).payload["pid"]
    hung, fine = await asyncio.gather(
        runtime.invoke("Hangs", {"do": "hang"}), runtime.invoke("Shop", {})
    )
    assert fine.ok
    assert hung.error_type == TIMED_OUT
    assert hung.error_message.endswith("Task timed out after 3.00 seconds")
    assert [line.line for line in hung.log] == [
        "about to hang",
        "Task timed out after 3.00 seconds",
    ]
    assert (await runtime.invoke("Hangs", {})).payload["pid"] != pid
    await wait_for_end_of(pid)


async def test_crash_is_reported_and_next_request_gets_new_process(
    example_functions: RuntimeFixture,
) -> None:
    runtime = example_functions.make_runtime(
        example_functions.make_function("Shop", "shop.handler.handler")
    )
    crashed = await runtime.invoke("Shop", {"do": "crash"})
    assert crashed.error_type == CRASHED
    assert crashed.error_message.endswith("Runtime exited with error: exit status 7")
    assert crashed.log[0].line == "about to crash"
    assert (await runtime.invoke("Shop", {})).ok


async def test_import_error_is_reported(example_functions: RuntimeFixture) -> None:
    example_functions.write("functions/shop/broken.py", "import nowhere_to_be_found")
    runtime = example_functions.make_runtime(
        example_functions.make_function("Broken", "shop.broken.handler")
    )
    result = await runtime.invoke("Broken", {})
    assert result.error_type == "Runtime.ImportModuleError"
    assert "nowhere_to_be_found" in result.error_message


async def test_unresolvable_variables_are_reported(example_functions: RuntimeFixture) -> None:
    def unresolvable(_: FunctionSpec) -> dict[str, str]:
        raise TemplateError("Shop needs the parameter Color")

    runtime = example_functions.make_runtime(
        example_functions.make_function("Shop", "shop.handler.handler"), variables=unresolvable
    )
    result = await runtime.invoke("Shop", {})
    assert result.error_type == "Runtime.InvalidEnvironment"
    assert "Color" in result.error_message


async def test_response_over_six_megabytes_is_refused(example_functions: RuntimeFixture) -> None:
    runtime = example_functions.make_runtime(
        example_functions.make_function("Shop", "shop.handler.handler")
    )
    result = await runtime.invoke("Shop", {"do": "large"})
    assert result.error_type == "Function.ResponseSizeTooLarge"


async def test_environments_work_in_parallel_up_to_the_limit(
    example_functions: RuntimeFixture,
) -> None:
    """Each of the first three ends only when three have begun, and no fourth begins beside them."""
    function = example_functions.make_function("Shop", "shop.handler.handler", timeout=PATIENCE)
    runtime = example_functions.make_runtime(function, limit=3, patience=PATIENCE)
    folders = {name: example_functions.folder / name for name in ("entered", "inside")}
    for folder in folders.values():
        folder.mkdir()
    event = {"do": "meet", "count": 3, **{name: str(path) for name, path in folders.items()}}
    results = await asyncio.gather(*(runtime.invoke("Shop", event) for _ in range(6)))
    assert [result.error_message for result in results if not result.ok] == []
    assert max(result.payload["present"] for result in results) == 3
    assert len({result.payload["pid"] for result in results}) == 3


async def test_invocation_of_busy_function_is_throttled(
    example_functions: RuntimeFixture,
) -> None:
    function = example_functions.make_function(
        "Shop", "shop.handler.handler", timeout=PATIENCE, concurrency=1
    )
    runtime, pause = (
        example_functions.make_runtime(function, patience=0.3),
        Pause(example_functions.folder),
    )
    busy = asyncio.create_task(runtime.invoke("Shop", pause.event))
    await pause.wait_for_begin()
    with pytest.raises(TooManyRequestsError):
        await runtime.invoke("Shop", {})
    pause.end()
    assert (await busy).ok


async def test_edit_is_live_at_next_request(example_functions: RuntimeFixture) -> None:
    runtime = example_functions.make_runtime(
        example_functions.make_function("Shop", "shop.handler.handler")
    )
    old = (await runtime.invoke("Shop", {})).payload
    example_functions.write(
        "functions/shop/handler.py", SHOP.replace('"pid":', '"edited": True, "pid":')
    )
    await asyncio.sleep(LOOKS_AGAIN)
    new = (await runtime.invoke("Shop", {})).payload
    assert new["edited"]
    assert new["pid"] != old["pid"]


async def test_edit_lets_running_request_finish(example_functions: RuntimeFixture) -> None:
    function = example_functions.make_function("Shop", "shop.handler.handler", timeout=PATIENCE)
    runtime, pause = example_functions.make_runtime(function), Pause(example_functions.folder)
    old = (await runtime.invoke("Shop", {})).payload["pid"]
    running = asyncio.create_task(runtime.invoke("Shop", pause.event))
    await pause.wait_for_begin()
    example_functions.write("functions/shop/extra.py", "")
    await asyncio.sleep(LOOKS_AGAIN)
    new = await runtime.invoke("Shop", {})
    assert new.payload["pid"] != old
    assert not running.done()
    pause.end()
    assert (await running).payload["pid"] == old


async def test_recycled_environments_see_new_variables(example_functions: RuntimeFixture) -> None:
    colors = iter(["blue", "green"])
    function = example_functions.make_function("Shop", "shop.handler.handler")
    runtime = example_functions.make_runtime(function, variables=lambda _: {"COLOR": next(colors)})
    assert (await runtime.invoke("Shop", {})).payload["color"] == "blue"
    runtime.recycle()
    assert (await runtime.invoke("Shop", {})).payload["color"] == "green"


async def test_function_imports_own_package_and_layers_only(
    example_functions: RuntimeFixture,
) -> None:
    probe = "import importlib.util\ndef handler(event, context):\n"
    probe += "    return {n: importlib.util.find_spec(n) is not None for n in event}\n"
    example_functions.write("functions/shop/probe.py", probe)
    example_functions.write("functions/bakery/__init__.py", "")
    example_functions.write("layers/common/python/kit/__init__.py", "")
    common = example_functions.stage("asset.common", "python/kit")
    third_party = example_functions.stage(
        "asset.third", "python/fastapi", "python/fastapi-1.dist-info"
    )
    bare = example_functions.make_function("Bare", "shop.probe.handler", layers=(common,))
    full = example_functions.make_function(
        "Full", "shop.probe.handler", layers=(common, third_party)
    )
    runtime = example_functions.make_runtime(bare, full)
    names = ["shop", "bakery", "kit", "contracts", "boto3", "fastapi", "local"]
    seen = await asyncio.gather(runtime.invoke("Bare", names), runtime.invoke("Full", names))
    bare_sees, full_sees = ({n for n, found in each.payload.items() if found} for each in seen)
    assert bare_sees == {"shop", "kit", "boto3"}
    assert full_sees == {"shop", "kit", "boto3", "fastapi"}


async def test_invoke_slow_machine_multiplies_the_timeout(
    example_functions: RuntimeFixture,
) -> None:
    function = example_functions.make_function("Shop", "shop.handler.handler", timeout=1)
    runtime = example_functions.make_runtime(function, slowness=60)

    result = await runtime.invoke("Shop", {"do": "sleep", "seconds": 1.5})

    assert result.ok, result.error_message
    assert result.payload["left"] > 1000


LOADED = """
import os
from pathlib import Path

Path(os.environ["MARK"]).write_text("loaded")

def handler(event, context):
    return None
"""


async def test_warm_function_returns_when_code_is_loaded(runtime_fixture: RuntimeFixture) -> None:
    runtime_fixture.write("functions/shop/__init__.py", "")
    runtime_fixture.write("functions/shop/handler.py", LOADED)
    mark = runtime_fixture.folder / "mark"
    function = runtime_fixture.make_function("Shop", "shop.handler.handler")
    runtime = runtime_fixture.make_runtime(function, variables=lambda _: {"MARK": str(mark)})

    await runtime.warm("Shop")

    assert mark.read_text() == "loaded"


async def test_warm_function_returns_when_code_fails(runtime_fixture: RuntimeFixture) -> None:
    runtime_fixture.write("functions/shop/__init__.py", "")
    runtime_fixture.write("functions/shop/handler.py", "raise RuntimeError('no such table')")
    runtime = runtime_fixture.make_runtime(
        runtime_fixture.make_function("Shop", "shop.handler.handler")
    )

    await runtime.warm("Shop")

    assert any("no such table" in line.line for line in runtime.log.lines())


async def test_bytecode_is_cached(example_functions: RuntimeFixture) -> None:
    runtime = example_functions.make_runtime(
        example_functions.make_function("Shop", "shop.handler.handler")
    )
    await runtime.invoke("Shop", {})
    assert example_functions.list_bytecode("shop")


async def test_close_leaves_no_process(example_functions: RuntimeFixture) -> None:
    runtime = example_functions.make_runtime(
        example_functions.make_function("Shop", "shop.handler.handler")
    )
    pid = (await runtime.invoke("Shop", {})).payload["pid"]
    assert not is_gone(pid)
    await runtime.close()
    await wait_for_end_of(pid)
    assert is_gone(pid)


OWNER = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.integration.local.conftest import RuntimeFixture

async def main():
    runtime_fixture = RuntimeFixture(Path(sys.argv[1]))
    runtime = runtime_fixture.make_runtime(runtime_fixture.make_function("Shop", "shop.handler.handler"))
    print((await runtime.invoke("Shop", {})).payload["pid"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_kill_of_owner_ends_function_processes(
    example_functions: RuntimeFixture,
) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OWNER,
        str(example_functions.folder),
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await owner.communicate()
    assert owner.returncode == -signal.SIGKILL
    await wait_for_end_of(int(output))
    assert is_gone(int(output))
