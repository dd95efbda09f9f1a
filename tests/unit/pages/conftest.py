"""Sample feature with its own templates."""

import importlib
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from kit.pages import TemplateRenderer

type MakeRequest = Callable[..., Request]


@pytest.fixture
def request_for() -> MakeRequest:
    """Create a request to a path, as a form if it has fields."""

    def make(
        path: str = "/",
        *,
        fields: list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Request:
        sent = urlencode(fields or []).encode() if body is None else body
        all_headers = {"content-type": "application/x-www-form-urlencoded"} | (headers or {})
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in all_headers.items()],
        }
        return Request(scope, _receiver(sent))

    return make


def text_of(response: Response) -> str:
    """Return the text of a response."""
    return bytes(response.body).decode()


def _receiver(body: bytes) -> Callable[[], Awaitable[Message]]:
    pieces = [body[start : start + 1024] for start in range(0, len(body), 1024)] or [b""]

    async def receive() -> Message:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    return receive


@pytest.fixture
def templates(tmp_path: Path) -> Iterator[Path]:
    """The template folder of a package named `sample_feature`."""
    package = tmp_path / "sample_feature"
    folder = package / "templates"
    folder.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    yield folder
    sys.path.remove(str(tmp_path))
    sys.modules.pop("sample_feature", None)


@pytest.fixture
def pages(templates: Path) -> TemplateRenderer:
    """The pages of `sample_feature`."""
    return TemplateRenderer("sample_feature")
