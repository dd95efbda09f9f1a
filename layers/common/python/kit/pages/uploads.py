"""A form with a file in it (`multipart/form-data`, RFC 7578), read whole and in memory: a function's request is small.

    sent = await read_upload(request, most=4 * 1024 * 1024)
    sent.texts["region"], sent.files["file"].content

Everything that a browser does not write is refused; nothing is guessed. `Upload.form(Model)` validates the texts.
"""

import re
from dataclasses import dataclass, field

from fastapi import Request
from pydantic import BaseModel

from kit.errors import Invalid, TooLarge
from kit.pages.form import FormErrors, understood

_BOUNDARY = re.compile(
    r'multipart/form-data\s*;\s*boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70})"?\s*'
)
_NAME = re.compile(r'(?:^|;)\s*(name|filename)="([^"\r\n]*)"')
_MOST_TEXT = 64 * 1024
_MOST_PARTS = 50
_SLACK = 16 * 1024
"""Bytes of everything around the file."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that somebody chose; its name is what they call it, no path of ours."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """What a form with a file said."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, UploadedFile] = field(default_factory=dict)

    def form[M: BaseModel](self, model: type[M], *, prefix: str = "") -> M | FormErrors:
        """Return the texts as `model`, or what is wrong with them."""
        return understood(self.texts, model, prefix=prefix)


async def read_upload(request: Request, *, most: int) -> Upload:
    """Return what was sent; raise `Invalid`, and `TooLarge` beyond `most` bytes."""
    match = _BOUNDARY.fullmatch(request.headers.get("content-type", ""))
    if match is None:
        raise _no_form()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most + _SLACK:
            raise TooLarge("file-too-large", f"Choose a file of at most {most >> 20} MB.")
    return _parsed(bytes(body), match[1].encode("ascii"))


def _parsed(body: bytes, boundary: bytes) -> Upload:
    # As if a line had ended before the first part, so that all of them begin alike.
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(pieces) < 2 or pieces[0] or pieces[-1].strip() != b"--" or len(pieces) > _MOST_PARTS:
        raise _no_form()
    found = Upload()
    for piece in pieces[1:-1]:
        head, separator, content = piece.partition(b"\r\n\r\n")
        name, file_name = _named(head)
        if not separator:
            raise _no_form()
        if file_name is None:
            found.texts.append((name, _text(content)))
        elif file_name or content:
            found.files[name] = UploadedFile(file_name, content)
    return found


def _named(head: bytes) -> tuple[str, str | None]:
    lines = _text(head).split("\r\n")
    for line in lines:
        header, _, value = line.partition(":")
        if header.strip().lower() == "content-disposition":
            kind, _, rest = value.partition(";")
            names = dict(_NAME.findall(rest))
            if kind.strip().lower() == "form-data" and "name" in names:
                return names["name"], names.get("filename")
    raise _no_form()


def _text(content: bytes) -> str:
    if len(content) > _MOST_TEXT:
        raise TooLarge("form-too-large", "This is more text than the form takes: shorten it.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise _no_form() from None


def _no_form() -> Invalid:
    return Invalid("not-a-form", "Send this with the form on the page.")
