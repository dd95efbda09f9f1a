"""Browser profiles of one test, and their evidence if it fails: traces, pictures, the console."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, WebError

from tests.e2e.network import Networks

__all__ = ["RecordedBrowser"]

_SCREENSHOT_MS = 10_000


@dataclass
class RecordedBrowser:
    """Browser profiles of one test, closed after it."""

    browser: Browser
    networks: Networks
    traced: bool
    _contexts: list[BrowserContext] = field(default_factory=list)
    _console: list[str] = field(default_factory=list)

    def new_context(self, **options: Any) -> BrowserContext:
        """Open a new profile with Playwright's options."""
        context = self.browser.new_context(**options)
        self._contexts.append(context)
        context.on("console", self._note_message)
        context.on("weberror", self._note_error)
        if self.traced:
            context.tracing.start(screenshots=True, snapshots=True, sources=True)
        return context

    def save_evidence(self, folder: Path) -> None:
        """Write a trace of each profile, a picture of each open page, and the console."""
        (folder / "console.txt").write_text("".join(f"{line}\n" for line in self._console))
        for number, context in enumerate(self._contexts, 1):
            for position, page in enumerate(context.pages, 1):
                with suppress(Error):  # a hanging page must not prevent the other evidence
                    path = folder / f"page-{number}-{position}.png"
                    page.screenshot(path=path, full_page=True, timeout=_SCREENSHOT_MS)
            if self.traced:
                with suppress(Error):
                    context.tracing.stop(path=folder / f"trace-{number}.zip")

    def close(self) -> None:
        """Close every profile that the test left open."""
        for context in self._contexts:
            with suppress(Error):
                context.close()

    def _note_message(self, message: ConsoleMessage) -> None:
        place = message.location
        self._console.append(f"{message.type}: {message.text} ({place['url']})")

    def _note_error(self, error: WebError) -> None:
        self._console.append(f"uncaught: {error.error}")
