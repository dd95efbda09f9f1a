"""Integration tests of the local cloud over a small template."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from local.embedded import LocalCloud
from tests.factories.waiting import PATIENCE, wait_until
from tests.integration.local import assembly
from tests.integration.local.conftest import ROOT

pytestmark = pytest.mark.slow

get = partial(httpx.get, timeout=PATIENCE)
post = partial(httpx.post, timeout=PATIENCE)


def cloud(folder: Path, resources: dict[str, Any] | None = None) -> LocalCloud:
    template = assembly.write(folder / "product", resources or assembly.resources())
    (folder / "product" / ".tools").mkdir(exist_ok=True)
    link = folder / "product" / ".tools" / "lambda"
    if not link.exists():
        link.symlink_to(ROOT / ".tools" / "lambda", target_is_directory=True)
    return LocalCloud(folder / "data", root=folder / "product", template=template)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


def test_serves_the_templates_function_with_its_variables(running: LocalCloud) -> None:
    assert get(f"{running.url}/").json()["COLOR"] == "blue"


@pytest.mark.parametrize("page", ["", "/schedules", "/queues", "/log", "/resources"])
def test_pages_work_without_scripts(running: LocalCloud, page: str) -> None:
    answer = get(f"{running.url}/_local{page}")
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_console_lists_resources(running: LocalCloud) -> None:
    def read(name: str) -> Any:
        return get(f"{running.url}/_local/api/{name}").json()

    assert {one["label"] for one in read("resources")} == {"Counters", "Jobs"}
    assert read("queues") == [{"name": "Jobs", "visible": 0, "in_flight": 0, "delayed": 0}]
    assert [one["name"] for one in read("schedules")] == ["Nightly"]
    assert any("IAM" in limit for limit in read("limits"))
    assert read("mail") == []
    assert read("sms") == []


def test_console_runs_schedule(running: LocalCloud) -> None:
    answer = post(f"{running.url}/_local/schedules/Nightly/run")
    assert answer.json() == {"ran": "Nightly"}
    browser = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    answer = post(f"{running.url}/_local/schedules/Nightly/run", headers=browser)
    assert answer.status_code == 303
    assert post(f"{running.url}/_local/schedules/Nobody/run").status_code == 404
    wait_for_log(running, 'called with "nightly"', times=2)


def wait_for_log(running: LocalCloud, text: str, times: int) -> None:
    def is_logged() -> bool:
        lines = get(f"{running.url}/_local/api/log").json()
        return sum(text in line["line"] for line in lines) >= times

    wait_until(is_logged, f"{times} log lines with {text}")


def test_clock_advance_affects_functions_and_sql(running: LocalCloud) -> None:
    advance = f"{running.url}/_local/clock/advance"
    answer = post(advance, data={"amount": "2", "unit": "days"})
    assert answer.json()["offset_seconds"] == 172_800
    assert get(f"{running.url}/").json()["CLOCK_OFFSET_SECONDS"] == "172800"
    with psycopg.connect(running.cloud.database.url) as connection:
        row = connection.execute("SELECT current_setting('app.clock_offset')").fetchone()
    assert row == ("172800 seconds",)
    assert post(advance, json={"seconds": -1}).status_code == 400
    assert post(advance, content="nonsense").status_code == 400


def test_console_refuses_other_sites(running: LocalCloud) -> None:
    url = f"{running.url}/_local/schedules/Nightly/run"
    assert post(url, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    rebound = {"host": f"evil.example:{running.cloud.port}"}
    assert get(f"{running.url}/_local", headers=rebound).status_code == 403


def test_restart_with_smaller_template_keeps_remaining_state(tmp_path: Path) -> None:
    with cloud(tmp_path) as first:
        assert get(f"{first.url}/count").json() == {"n": 1}
        with psycopg.connect(first.cloud.database.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    less = assembly.resources()
    del less["Nightly"]
    del less["Worker"]["Properties"]["Environment"]["Variables"]["COLOR"]
    with cloud(tmp_path, less) as second:
        assert get(f"{second.url}/").json()["COLOR"] == ""
        assert get(f"{second.url}/_local/api/schedules").json() == []
        assert get(f"{second.url}/count").json() == {"n": 2}
        with psycopg.connect(second.cloud.database.url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)

    del less["Route"]
    with cloud(tmp_path, less) as third:
        assert get(f"{third.url}/count").status_code == 404


def test_kill_while_writing_loses_no_acknowledged_write(tmp_path: Path) -> None:
    """Kill every process at once, so that none can save its state."""
    cloud(tmp_path)
    process, url = launched(tmp_path)
    acknowledged = 0
    for _ in range(30):
        acknowledged = get(f"{url}/count").json()["n"]
    kill_tree(process.pid)
    process.wait()

    with cloud(tmp_path) as again:
        assert "the last run was killed" in again.startup_output
        assert "the journal: app-Counters" in again.startup_output
        assert "not recovered" in again.startup_output
        assert "LOST" not in again.startup_output
        assert get(f"{again.url}/count").json() == {"n": acknowledged + 1}


def test_restart_reports_lost_state(tmp_path: Path) -> None:
    with cloud(tmp_path):
        pass
    (tmp_path / "data" / "aws" / "dynamodb.json").unlink()
    with cloud(tmp_path) as again:
        assert "LOST: table Counters: created anew and empty" in again.startup_output
        assert get(f"{again.url}/count").json() == {"n": 1}


def launched(folder: Path) -> tuple[subprocess.Popen[str], str]:
    code = f"""
import sys, time
from pathlib import Path
from local.embedded import LocalCloud
folder = Path({str(folder)!r})
cloud = LocalCloud(folder / "data", root=folder / "product", template=folder / "product/cdk.out")
print(cloud.start().url, flush=True)
time.sleep(300)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert url, "the cloud did not start"
    return process, url


def kill_tree(root: int) -> None:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # others end at any moment
            fields = entry.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    doomed, waiting = [], [root]
    while waiting:
        doomed.append(waiting.pop())
        waiting += children.get(doomed[-1], [])
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def test_start_on_taken_port_fails_cleanly(running: LocalCloud, tmp_path: Path) -> None:
    other = LocalCloud(tmp_path, port=running.cloud.port)
    with pytest.raises(RuntimeError, match="PORT="):
        other.start()
    assert json.loads(get(f"{running.url}/").text)["COLOR"] == "blue"
