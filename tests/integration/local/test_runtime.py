"""Function environments: real processes of AWS's runtime client."""

import asyncio
import os
import sys
import time

import pytest

from local.runtime.invocation import CRASHED, TIMED_OUT, TooManyRequestsError
from local.template import TemplateError
from local.template.specs import FunctionSpec
from tests.integration.local.conftest import ROOT, Workshop

pytestmark = pytest.mark.anyio

SHOP = """
import os, sys, time

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
        case "sleep":
            time.sleep(event["seconds"])
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
def shop(workshop: Workshop) -> Workshop:
    workshop.write("functions/shop/__init__.py", "")
    workshop.write("functions/shop/handler.py", SHOP)
    return workshop


async def ends(pid: int) -> bool:
    """Whether a process is gone, at once or very soon."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_an_invocation_has_the_context_lambda_gives(shop: Workshop) -> None:
    function = shop.function("Shop", "shop.handler.handler", timeout=9)
    runtime = shop.runtime(function, variables=lambda _: {"COLOR": "blue"})
    result = await runtime.invoke("Shop", {"é": [1, None]})
    assert result.ok, result.error_message
    assert result.payload["event"] == {"é": [1, None]}
    assert result.payload["request"] == result.request_id
    assert result.payload["arn"].endswith(":function:Shop")
    assert 5000 < result.payload["left"] <= 9000
    assert result.payload["function"] == "Shop"
    assert result.payload["memory"] == "128"
    assert result.payload["color"] == "blue"


async def test_a_warm_environment_is_used_again_and_again(shop: Workshop) -> None:
    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"))
    pids = {(await runtime.invoke("Shop", {})).payload["pid"] for _ in range(20)}
    assert len(pids) == 1


async def test_an_unknown_function_is_a_key_error(shop: Workshop) -> None:
    with pytest.raises(KeyError):
        await shop.runtime().invoke("Nobody", {})


async def test_a_raised_error_is_reported_and_the_environment_lives_on(shop: Workshop) -> None:
    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"))
    before = (await runtime.invoke("Shop", {})).payload["pid"]
    failed = await runtime.invoke("Shop", {"do": "raise"})
    assert (failed.error_type, failed.error_message) == ("ValueError", "no such thing")
    assert "Traceback" in failed.log[0].line
    assert (await runtime.invoke("Shop", {})).payload["pid"] == before


async def test_output_belongs_to_its_request(shop: Workshop) -> None:
    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"))
    result = await runtime.invoke("Shop", {"do": "print"})
    assert [line.line for line in result.log] == ["one", "two"]
    assert list(runtime.log.lines(request_id=result.request_id)) == list(result.log)
    assert (await runtime.invoke("Shop", {})).log == ()


async def test_a_hang_is_killed_at_the_timeout_and_nobody_else_notices(shop: Workshop) -> None:
    hangs = shop.function("Hangs", "shop.handler.handler", timeout=1)
    runtime = shop.runtime(hangs, shop.function("Shop", "shop.handler.handler"))
    pid = (await runtime.invoke("Hangs", {})).payload["pid"]
    hung, fine = await asyncio.gather(
        runtime.invoke("Hangs", {"do": "hang"}), runtime.invoke("Shop", {})
    )
    assert fine.ok
    assert hung.error_type == TIMED_OUT
    assert hung.error_message.endswith("Task timed out after 1.00 seconds")
    assert [line.line for line in hung.log] == [
        "about to hang",
        "Task timed out after 1.00 seconds",
    ]
    assert (await runtime.invoke("Hangs", {})).payload["pid"] != pid
    assert await ends(pid)


async def test_a_crash_is_reported_and_the_next_request_gets_a_new_process(shop: Workshop) -> None:
    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"))
    crashed = await runtime.invoke("Shop", {"do": "crash"})
    assert crashed.error_type == CRASHED
    assert crashed.error_message.endswith("Runtime exited with error: exit status 7")
    assert crashed.log[0].line == "about to crash"
    assert (await runtime.invoke("Shop", {})).ok


async def test_a_module_that_does_not_load_says_so(shop: Workshop) -> None:
    shop.write("functions/shop/broken.py", "import nowhere_to_be_found")
    runtime = shop.runtime(shop.function("Broken", "shop.broken.handler"))
    result = await runtime.invoke("Broken", {})
    assert result.error_type == "Runtime.ImportModuleError"
    assert "nowhere_to_be_found" in result.error_message


async def test_variables_that_cannot_be_resolved_say_so(shop: Workshop) -> None:
    def unresolvable(_: FunctionSpec) -> dict[str, str]:
        raise TemplateError("Shop needs the parameter Color")

    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"), variables=unresolvable)
    result = await runtime.invoke("Shop", {})
    assert result.error_type == "Runtime.InvalidEnvironment"
    assert "Color" in result.error_message


async def test_a_response_over_six_megabytes_is_refused(shop: Workshop) -> None:
    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"))
    result = await runtime.invoke("Shop", {"do": "large"})
    assert result.error_type == "Function.ResponseSizeTooLarge"


async def test_environments_work_in_parallel_up_to_the_limit(shop: Workshop) -> None:
    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"), limit=3)
    await asyncio.gather(*(runtime.invoke("Shop", {"do": "sleep", "seconds": 1}) for _ in range(3)))
    started = time.monotonic()
    results = await asyncio.gather(
        *(runtime.invoke("Shop", {"do": "sleep", "seconds": 0.5}) for _ in range(6))
    )
    assert 0.9 < time.monotonic() - started < 2.5  # two rounds of three, not six of one
    assert len({result.payload["pid"] for result in results}) == 3


async def test_who_waits_too_long_for_a_busy_function_is_throttled(shop: Workshop) -> None:
    function = shop.function("Shop", "shop.handler.handler", concurrency=1)
    runtime = shop.runtime(function, patience=0.3)
    await runtime.invoke("Shop", {})
    busy = asyncio.create_task(runtime.invoke("Shop", {"do": "sleep", "seconds": 1.5}))
    await asyncio.sleep(0.1)
    with pytest.raises(TooManyRequestsError):
        await runtime.invoke("Shop", {})
    assert (await busy).ok


async def test_an_edit_is_live_at_the_next_request(shop: Workshop) -> None:
    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"))
    old = (await runtime.invoke("Shop", {})).payload
    shop.write("functions/shop/handler.py", SHOP.replace('"pid":', '"edited": True, "pid":'))
    await asyncio.sleep(0.3)
    new = (await runtime.invoke("Shop", {})).payload
    assert new["edited"]
    assert new["pid"] != old["pid"]


async def test_an_edit_lets_a_running_request_finish(shop: Workshop) -> None:
    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"))
    old = (await runtime.invoke("Shop", {})).payload["pid"]
    running = asyncio.create_task(runtime.invoke("Shop", {"do": "sleep", "seconds": 1}))
    await asyncio.sleep(0.3)
    shop.write("functions/shop/extra.py", "")
    new = await runtime.invoke("Shop", {})
    assert new.payload["pid"] != old
    assert (await running).payload["pid"] == old


async def test_recycled_environments_see_new_variables(shop: Workshop) -> None:
    colors = iter(["blue", "green"])
    function = shop.function("Shop", "shop.handler.handler")
    runtime = shop.runtime(function, variables=lambda _: {"COLOR": next(colors)})
    assert (await runtime.invoke("Shop", {})).payload["color"] == "blue"
    runtime.recycle()
    assert (await runtime.invoke("Shop", {})).payload["color"] == "green"


async def test_a_function_sees_its_own_package_and_layers_only(shop: Workshop) -> None:
    probe = "import importlib.util\ndef handler(event, context):\n"
    probe += "    return {n: importlib.util.find_spec(n) is not None for n in event}\n"
    shop.write("functions/shop/probe.py", probe)
    shop.write("functions/bakery/__init__.py", "")
    shop.write("layers/common/python/kit/__init__.py", "")
    common = shop.stage("asset.common", "python/kit")
    third_party = shop.stage("asset.third", "python/fastapi", "python/fastapi-1.dist-info")
    bare = shop.function("Bare", "shop.probe.handler", layers=(common,))
    full = shop.function("Full", "shop.probe.handler", layers=(common, third_party))
    runtime = shop.runtime(bare, full)
    names = ["shop", "bakery", "kit", "contracts", "boto3", "fastapi", "local"]
    seen = await asyncio.gather(runtime.invoke("Bare", names), runtime.invoke("Full", names))
    bare_sees, full_sees = ({n for n, found in each.payload.items() if found} for each in seen)
    assert bare_sees == {"shop", "kit", "boto3"}
    assert full_sees == {"shop", "kit", "boto3", "fastapi"}


async def test_byte_code_is_cached(shop: Workshop) -> None:
    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"))
    await runtime.invoke("Shop", {})
    assert shop.compiled("shop")


async def test_close_leaves_no_process(shop: Workshop) -> None:
    runtime = shop.runtime(shop.function("Shop", "shop.handler.handler"))
    pid = (await runtime.invoke("Shop", {})).payload["pid"]
    await runtime.close()
    assert await ends(pid)


OWNER = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.integration.local.conftest import Workshop

async def main():
    workshop = Workshop(Path(sys.argv[1]))
    runtime = workshop.runtime(workshop.function("Shop", "shop.handler.handler"))
    print((await runtime.invoke("Shop", {})).payload["pid"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_a_killed_owner_takes_its_processes_with_it(shop: Workshop) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OWNER,
        str(shop.folder),
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await owner.communicate()
    assert await ends(int(output))
