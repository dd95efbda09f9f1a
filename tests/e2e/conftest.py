"""Browsers and local clouds of the end-to-end tests, and the evidence of those that fail."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.e2e.api_users import ApiUser, staff_member
from tests.e2e.browser import BrowserUser, DisplayMode, launch
from tests.e2e.cloud import CloudProcess, shared_cloud
from tests.e2e.network import Networks
from tests.e2e.recording import RecordedBrowser
from tests.fixtures.evidence import (
    Evidence,
    allow_rerun,
    evidence,
    pytest_runtest_makereport,
    pytest_terminal_summary,
)

__all__ = [
    "evidence",
    "pytest_runtest_makereport",
    "pytest_terminal_summary",
]

_CLOUDS = pytest.StashKey[list[CloudProcess]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow reruns, and order the tests that stop a cloud behind the others that use it."""
    for item in items:
        allow_rerun(item)
    items.sort(key=lambda item: item.path.name == "test_lifecycle.py")


class _CloudScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Scheduler that gives each test to the next free worker, and all tests in `gated_cloud` to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return "gated_cloud" if "/gated_cloud/" in nodeid else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Distribute the end-to-end tests one by one, whatever --dist says."""
    return _CloudScheduling(config, log)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium, headless."""
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="session")
def networks() -> Iterator[Networks]:
    """The networks of browser profiles."""
    opened = Networks()
    yield opened
    opened.close()


@pytest.fixture
def browser(chromium: Browser, networks: Networks, evidence: Evidence) -> Iterator[RecordedBrowser]:
    """Browser profiles for one test; a test that uses them is run once more if it fails."""
    # A trace is recorded in the second attempt only, so that passing tests are not slowed.
    recorded = RecordedBrowser(chromium, networks, traced=evidence.is_second_attempt)
    evidence.add_collector(recorded.save_evidence)
    yield recorded
    recorded.close()


@pytest.fixture(scope="session")
def clouds(request: pytest.FixtureRequest) -> list[CloudProcess]:
    """The local clouds that this worker uses."""
    return request.config.stash.setdefault(_CLOUDS, [])


@pytest.fixture(scope="session")
def cloud_process(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    clouds: list[CloudProcess],
) -> Iterator[CloudProcess]:
    """The local cloud with its demo data, one for all workers: no test may stop it or move its clock."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if hasattr(request.config, "workerinput") else folder
    with shared_cloud(shared / "cloud") as running:
        clouds.append(running)
        yield running


@pytest.fixture(scope="session")
def running_gated_cloud(
    tmp_path_factory: pytest.TempPathFactory, clouds: list[CloudProcess]
) -> Iterator[CloudProcess]:
    """Local cloud of `gated_cloud`, with few demo profiles, since its tests create their own."""
    options = ("--country", "GB", "--edge-cache", "--people", "2")
    with CloudProcess(tmp_path_factory.mktemp("gated_cloud"), options) as running:
        clouds.append(running)
        yield running


@pytest.fixture
def gated_cloud(running_gated_cloud: CloudProcess) -> CloudProcess:
    """Local cloud with an age gate by law, and with the edge cache.

    Its tests may advance its clock and start it again: they run on one worker.
    """
    if not running_gated_cloud.running:  # a test that stops it has failed halfway
        running_gated_cloud.start()
    return running_gated_cloud


@pytest.fixture(autouse=True)
def function_log(
    request: pytest.FixtureRequest, evidence: Evidence, clouds: list[CloudProcess]
) -> None:
    """Save the output of the functions and of the local cloud during a failed test."""
    began = {cloud.log: cloud.log.stat().st_size for cloud in clouds if cloud.log.exists()}

    def keep(folder: Path) -> None:
        for number, cloud in enumerate(clouds, 1):
            if cloud.log.exists():
                with cloud.log.open("rb") as source:
                    # The file is restarted when it has grown too large.
                    start = began.get(cloud.log, 0)
                    source.seek(start if start <= cloud.log.stat().st_size else 0)
                    with (folder / f"functions-{number}.log").open("wb") as copy:
                        shutil.copyfileobj(source, copy)
            (folder / f"cloud-{number}.txt").write_text("\n".join(cloud.output))

    evidence.add_collector(keep)


@pytest.fixture(scope="session")
def staff(cloud_process: CloudProcess) -> ApiUser:
    """Demo data's administrator, signed in to the staff dashboard."""
    return staff_member(cloud_process.url)


@pytest.fixture
def new_user(
    browser: RecordedBrowser, cloud_process: CloudProcess
) -> Callable[[DisplayMode], BrowserUser]:
    """Return a function that creates users with separate browser profiles."""
    return lambda mode: BrowserUser.open_browser(browser, cloud_process.url, mode)
