"""Static files of a CloudFront bucket origin, served from the build folder."""

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

from local.gateway.messages import Request, Response, problem
from local.template.specs import BucketDeployment

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".json": "application/json",
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".txt": "text/plain",
}
# The media types that a behaviour with `Compress` compresses.
_COMPRESSED = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
_SMALLEST = 1000


@dataclass(frozen=True)
class StaticFiles:
    """Files that deployments copy into one bucket."""

    deployments: tuple[BucketDeployment, ...]
    replaced: Mapping[Path, Path]  # staged directory -> the live one it was copied from

    def respond(self, request: Request, key: str) -> Response:
        """Return the response for an object key; a missing object is 403, as from a private bucket."""
        for deployment in self.deployments:
            path = self._find(deployment, unquote(key))
            if path is not None:
                return _file(request, path, deployment.cache_control)
        text = "There is no such file."
        return problem(request, HTTPStatus.FORBIDDEN, "no-such-file", text)

    def _find(self, deployment: BucketDeployment, key: str) -> Path | None:
        prefix = f"{deployment.prefix.strip('/')}/" if deployment.prefix else ""
        if not key.startswith(prefix):
            return None
        for source in deployment.sources:
            folder = self.replaced.get(source, source).resolve()
            path = (folder / key.removeprefix(prefix)).resolve()
            if path.is_relative_to(folder) and path.is_file():
                return path
        return None


def _file(request: Request, path: Path, cache_control: str | None) -> Response:
    content = path.read_bytes()
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = [("etag", tag), ("last-modified", formatdate(path.stat().st_mtime, usegmt=True))]
    if cache_control:
        headers.append(("cache-control", cache_control))
    if tag in request.header("if-none-match"):
        return Response(304, tuple(headers))
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    content_type = guessed or "application/octet-stream"
    if content_type.startswith(_COMPRESSED) and len(content) >= _SMALLEST:
        headers.append(("vary", "Accept-Encoding"))
        if "gzip" in request.header("accept-encoding"):
            headers.append(("content-encoding", "gzip"))
            content = _gzip(content)
    if content_type.startswith("text/"):
        content_type += "; charset=utf-8"
    return Response(200, (("content-type", content_type), *headers), content)


@lru_cache(maxsize=64)
def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)
