"""What every test in a browser needs: Chromium, an eye on its console, and axe."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Response

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
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
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=found, args=list(_FLAGS))


@dataclass
class Watch:
    """Everything that went wrong in a page: script errors, refused content, missing files."""

    problems: list[str] = field(default_factory=list)

    def over(self, page: Page) -> "Watch":
        """Watch `page` from now on."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("response", self._on_response)
        return self

    def _on_console(self, message: ConsoleMessage) -> None:
        # What the browser says about an answer of 4xx is seen in _on_response, with its address.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and "/static/" in response.url:
            self.problems.append(f"{response.status}: {response.url}")


def accessibility_violations(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA and its own best practices."""
    # Evaluated by the debugger, not by the page: the content security policy stays as it is.
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
