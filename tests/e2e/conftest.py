"""One browser and one local cloud for all end-to-end tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browser import Look, Reader, launch
from tests.e2e.cloud import CloudProcess
from tests.e2e.people import Person, staff_member


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def cloud_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudProcess]:
    """The local cloud with its demo data, on a data folder of its own."""
    data: Path = tmp_path_factory.mktemp("cloud")
    with CloudProcess(data) as running:
        yield running


@pytest.fixture(scope="session")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudProcess]:
    """A local cloud where the law asks for the age, and whose edge keeps answers."""
    data: Path = tmp_path_factory.mktemp("abroad")
    with CloudProcess(data, ("--country", "GB", "--edge-cache")) as running:
        yield running


@pytest.fixture(scope="session")
def staff(cloud_process: CloudProcess) -> Person:
    """The demo data's administrator, signed in to the staff's room."""
    return staff_member(cloud_process.url)


@pytest.fixture
def read(browser: Browser, cloud_process: CloudProcess) -> Iterator[Callable[[Look], Reader]]:
    """Seat readers at browsers of their own."""
    readers: list[Reader] = []

    def seat(look: Look) -> Reader:
        readers.append(Reader.opened(browser, cloud_process.url, look))
        return readers[-1]

    yield seat
    for reader in readers:
        reader.close()
