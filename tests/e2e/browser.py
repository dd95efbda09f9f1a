"""What every test in a browser needs: Chromium, an eye on its console, and axe."""

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
# Only what is wrong travels from the page: the whole result takes longer to send than a small page to check.
_VIOLATIONS = "async (options) => (await axe.run(options)).violations"
# Style sheets are read anew for one rule only, which is an experiment and off.
_OPTIONS = {"resultTypes": ["violations"], "preload": {"assets": ["media"]}}
# A folder here makes every page that a journey modes at leave its picture there.
PICTURES = os.environ.get("E2E_PICTURES", "")
# Colours are all that dark changes, and what width changes is anything but the colours.
_ALL: dict[str, object] = {}
_COLOURS: dict[str, object] = {"runOnly": ["color-contrast", "link-in-text-block"]}
_SHAPE: dict[str, object] = {"rules": {"color-contrast": {"enabled": False}}}
# The shell has no browser window around its pages: a page in it costs a sixth of the processor time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# For a machine that is busy with something else; nothing waits this long for nothing.
PATIENCE_MS = 60_000
HEIGHT = 800
# Whether a thumb finds it without a swipe.
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
    """Start the machine's Chromium, or the one that Playwright installed."""
    expect.set_options(timeout=PATIENCE_MS)
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=found, args=list(_FLAGS))


@dataclass
class PageErrors:
    """Everything that went wrong in a page: script errors, refused content, missing files.

    With an `origin`, asking anybody else for anything is wrong too.
    """

    problems: list[str] = field(default_factory=list)
    origin: str = ""

    def attach(self, page: Page) -> "PageErrors":
        """Watch `page` from now on."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._on_request)
        page.on("requestfailed", self._on_failure)
        page.on("response", self._on_response)
        return self

    def _on_console(self, message: ConsoleMessage) -> None:
        # What the browser says about an answer of 4xx is seen in _on_response, with its address.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        own = (f"{self.origin}/", "data:", "blob:")
        if self.origin and not request.url.startswith(own):
            self.problems.append(f"asked somebody else: {request.url}")

    def _on_failure(self, request: Request) -> None:
        # Leaving a page ends what it was still asking for.
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
    """Return what axe finds against WCAG 2.2 AA and its own best practices."""
    # Evaluated by the debugger, not by the page: the content security policy stays as it is.
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
    """How a journey sees the product."""

    name: str
    width: int = 1280
    dark: bool = False
    scripts: bool = True
    all_modes: bool = False
    """Whether each page is looked at in the dark and on a wide screen, too: one journey for all."""


LIGHT = DisplayMode("light")
DARK = DisplayMode("dark", dark=True)
PHONE = DisplayMode("phone", width=320)
ALL_MODES = DisplayMode("every", width=320, all_modes=True)
NO_SCRIPTS = DisplayMode("plain", width=900, scripts=False)


@dataclass
class BrowserUser:
    """Somebody at a browser of their own, who modes closely at every page."""

    page: Page
    mode: DisplayMode
    errors: PageErrors

    @classmethod
    def open_browser(cls, browser: RecordedBrowser, url: str, mode: DisplayMode) -> "BrowserUser":
        """Return a reader with a fresh browser profile on our site."""
        context = browser.new_context(
            base_url=url,
            # A reader is at home somewhere: throttles count by network.
            proxy={"server": browser.networks.open()},
            viewport={"width": mode.width, "height": HEIGHT},
            color_scheme="dark" if mode.dark else "light",
            java_script_enabled=mode.scripts,
            # A colour on its way from light to dark is neither.
            reduced_motion="reduce" if mode.all_modes else "no-preference",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        return cls(page, mode, PageErrors(origin=url).attach(page))

    def check_page(self, what: str, heading: str = ".") -> None:
        """Check the page at hand: its heading, its width, axe, and that nothing went wrong."""
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
        """Look at the same page in the dark, then on a wide screen."""
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
        """Open an address."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"

    def field(self, label: str) -> Locator:
        """Return the field that is called so."""
        return self.page.locator("input, select, textarea").and_(self.page.get_by_label(label))

    def press_button(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow_link(self, name: str | re.Pattern[str]) -> None:
        """Follow a link in the page's own part."""
        self.page.get_by_role("main").get_by_role("link", name=name, exact=True).click()

    def sign_in(self, email: str, password: str) -> None:
        """Fill in the sign-in page at hand."""
        self.field("E-mail").fill(email)
        self.field("Password").fill(password)
        self.press_button("Sign in")

    def close(self) -> None:
        """Leave."""
        self.page.context.close()
