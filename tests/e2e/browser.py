"""Browser users of the end-to-end tests: Chromium, page errors, and accessibility checks by axe."""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    Request,
    Response,
    expect,
)

from tests.e2e.recording import RecordedBrowser

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
# Only violations are returned from the page: sending the whole result takes longer than checking a small page.
_VIOLATIONS = "async (options) => (await axe.run(options)).violations"
# Only one rule, experimental and off, needs style sheets to be preloaded.
_OPTIONS = {"resultTypes": ["violations"], "preload": {"assets": ["media"]}}
# With a folder here, a picture of every checked page is saved there.
PICTURES = os.environ.get("E2E_PICTURES", "")
# Dark mode changes colours only, and the width changes everything but the colours.
_ALL: dict[str, object] = {}
_COLOURS: dict[str, object] = {"runOnly": ["color-contrast", "link-in-text-block"]}
_SHAPE: dict[str, object] = {"rules": {"color-contrast": {"enabled": False}}}
# The headless shell has no browser window: a page takes a sixth of the processor time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Timeout for a busy machine; no passing test waits this long.
PATIENCE_MS = 60_000
HEIGHT = 800
# Tells whether an element is visible without scrolling.
IS_VISIBLE_SCRIPT = """(one) => {
  const box = one.getBoundingClientRect();
  return box.top >= 0 && box.top + 44 <= innerHeight;
}"""
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    """Start the installed Chromium, or Playwright's own."""
    expect.set_options(timeout=PATIENCE_MS)
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=found, args=list(_FLAGS))


@dataclass
class PageErrors:
    """Errors of a page: script errors, refused content, missing files.

    With an `origin`, requests to other origins are errors too.
    """

    problems: list[str] = field(default_factory=list)
    origin: str = ""

    def attach(self, page: Page) -> "PageErrors":
        """Record the errors of `page` from now on."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._on_request)
        page.on("requestfailed", self._on_failure)
        page.on("response", self._on_response)
        return self

    def _on_console(self, message: ConsoleMessage) -> None:
        # Responses 4xx are recorded in _on_response, with their address.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        own = (f"{self.origin}/", "data:", "blob:")
        if self.origin and not request.url.startswith(own):
            self.problems.append(f"request to another origin: {request.url}")

    def _on_failure(self, request: Request) -> None:
        # Leaving a page aborts its pending requests.
        if self.origin and request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed: {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        missing_file = response.status >= 400 and "/static/" in response.url
        if missing_file or response.status >= 500:
            self.problems.append(f"{response.status}: {response.url}")


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


def accessibility_violations(page: Page, rules: Mapping[str, object] = _ALL) -> list[str]:
    """Return axe's violations of WCAG 2.2 AA and of its best practices."""
    # Evaluated by the debugger, not by the page, so that the content security policy stays in force.
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    found = page.evaluate(_VIOLATIONS, {**_OPTIONS, **rules})
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"]
    ]


@dataclass(frozen=True)
class DisplayMode:
    """Display settings of a browser user."""

    name: str
    width: int = 1280
    dark: bool = False
    scripts: bool = True
    all_modes: bool = False
    """Whether each page is also checked in dark mode and on a wide screen."""


LIGHT = DisplayMode("light")
DARK = DisplayMode("dark", dark=True)
PHONE = DisplayMode("phone", width=320)
ALL_MODES = DisplayMode("every", width=320, all_modes=True)
NO_SCRIPTS = DisplayMode("plain", width=900, scripts=False)


@dataclass
class BrowserUser:
    """User with a separate browser profile, who checks every page."""

    page: Page
    mode: DisplayMode
    errors: PageErrors

    @classmethod
    def open_browser(cls, browser: RecordedBrowser, url: str, mode: DisplayMode) -> "BrowserUser":
        """Return a user with a new browser profile on our site."""
        context = browser.new_context(
            base_url=url,
            # Each user has an own network, since rate limits count by network.
            proxy={"server": browser.networks.open()},
            viewport={"width": mode.width, "height": HEIGHT},
            color_scheme="dark" if mode.dark else "light",
            java_script_enabled=mode.scripts,
            # A colour in transition from light to dark has neither contrast.
            reduced_motion="reduce" if mode.all_modes else "no-preference",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        return cls(page, mode, PageErrors(origin=url).attach(page))

    def check_page(self, what: str, heading: str = ".") -> None:
        """Check the current page: heading, width, accessibility, and no page errors."""
        self.page.wait_for_load_state("load")
        expect(self.page.locator("h1"), what).to_have_text([re.compile(heading)])
        assert self.page.title().strip()
        if self.mode.scripts:
            expect(self.page.locator(".htmx-request")).to_have_count(0)
            self._check_accessibility(what, self.mode)
        if self.mode.all_modes:
            self._check_other_modes(what)
        self._save_picture(what, self.mode)
        assert self.errors.problems == [], what

    def _check_other_modes(self, what: str) -> None:
        """Check the same page in dark mode, then on a wide screen."""
        self.page.emulate_media(color_scheme="dark")
        self._check_accessibility(what, DARK, _COLOURS)
        self._save_picture(what, DARK)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": LIGHT.width, "height": HEIGHT})
        self._check_accessibility(what, LIGHT, _SHAPE)
        self._save_picture(what, LIGHT)
        self.page.set_viewport_size({"width": self.mode.width, "height": HEIGHT})

    def _check_accessibility(
        self, what: str, mode: DisplayMode, rules: Mapping[str, object] = _ALL
    ) -> None:
        found = accessibility_violations(self.page, rules)
        assert found == [], f"{what} ({mode.name}): {found}"
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= mode.width, f"{what} is {width} wide"

    def _save_picture(self, what: str, mode: DisplayMode) -> None:
        if PICTURES:
            name = f"{re.sub('[^a-z0-9]+', '-', what.lower())}.{mode.name}.png"
            self.page.screenshot(path=Path(PICTURES) / name, full_page=True)

    def open(self, path: str, *, status: int = 200) -> None:
        """Open a path; fail unless the response has the status."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"

    def field(self, label: str) -> Locator:
        """Return the field with the label."""
        return self.page.locator("input, select, textarea").and_(self.page.get_by_label(label))

    def press_button(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow_link(self, name: str | re.Pattern[str]) -> None:
        """Follow a link in the main part of the page."""
        self.page.get_by_role("main").get_by_role("link", name=name, exact=True).click()

    def sign_in(self, email: str, password: str) -> None:
        """Fill in and submit the current sign-in page."""
        self.field("E-mail").fill(email)
        self.field("Password").fill(password)
        self.press_button("Sign in")

    def close(self) -> None:
        """Close the browser profile."""
        self.page.context.close()
