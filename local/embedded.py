"""Local cloud inside another process, for tests: `with LocalCloud(data=...) as cloud`."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Self

from local.cloud import Cloud, Options
from local.progress import Progress

__all__ = ["LocalCloud"]

_ROOT = Path(__file__).resolve().parents[1]


class LocalCloud:
    """Local cloud in an event loop on its own thread."""

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        root: Path = _ROOT,
        template: Path | None = None,
        demo: bool = False,
    ) -> None:
        self._said = io.StringIO()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cloud", daemon=True)
        options = Options(root=root, data=data, port=port, demo=demo, assembly=template)
        self.cloud = Cloud(options, Progress(self._said))

    @property
    def url(self) -> str:
        """Return the address a browser opens."""
        return self.cloud.url

    @property
    def startup_output(self) -> str:
        """Return the output of the start."""
        return self._said.getvalue()

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the cloud's event loop and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def start(self) -> Self:
        """Start everything."""
        self._thread.start()
        try:
            self.run(self.cloud.start())
        except BaseException:
            self._stop_loop()
            raise
        return self

    def stop(self) -> None:
        """Stop everything."""
        self.run(self.cloud.stop())
        self._stop_loop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _stop_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
