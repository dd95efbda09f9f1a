"""Reader of a file upload from a page's form, without any script: multipart/form-data (RFC 7578), of a whole body."""

import re
from dataclasses import dataclass, field

from fastapi import Request

from kit.errors import Invalid
from kit.i18n import gettext as _

_MAX_PARTS = 20
_MAX_HEADER_BYTES = 2_000
"""Maximum length of all headers of a part together; the library limits each."""
_MAX_HEADERS = 8
_MAX_BOUNDARY_LENGTH = 70
_MAX_FIELD_BYTES = 10_000
_MAX_FILE_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """Form fields by name, and the uploaded file."""

    fields: dict[str, str]
    file_name: str
    content: bytes


@dataclass(slots=True)
class _Parts:
    """Collector of the parts that the parser reports."""

    fields: dict[str, str] = field(default_factory=dict)
    file_name: str = ""
    content: bytes = b""
    count: int = 0
    is_complete: bool = False
    _header_bytes: int = 0
    _header_name: bytes = b""
    _header_value: bytes = b""
    _disposition: bytes = b""
    _data: bytearray = field(default_factory=bytearray)

    def begin_part(self) -> None:
        """Start a part; refuse one too many."""
        self.count += 1
        if self.count > _MAX_PARTS:
            raise _malformed_form()
        self._header_bytes, self._disposition, self._data = 0, b"", bytearray()

    def add_header_name(self, data: bytes, start: int, end: int) -> None:
        """Add bytes to the name of a header."""
        self._header_name += data[start:end]

    def add_header_value(self, data: bytes, start: int, end: int) -> None:
        """Add bytes to the value of a header."""
        self._header_value += data[start:end]

    def end_header(self) -> None:
        """Keep the header that names the form field; refuse too long headers."""
        self._header_bytes += len(self._header_name) + len(self._header_value)
        if self._header_bytes > _MAX_HEADER_BYTES:
            raise _malformed_form()
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def add_data(self, data: bytes, start: int, end: int) -> None:
        """Add bytes to the content."""
        self._data += data[start:end]

    def end_part(self) -> None:
        """Add the part to the form fields, or keep it as the file."""
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(self._disposition)
        name = options.get(b"name")
        if name is None:
            raise _malformed_form()
        if (sent := options.get(b"filename")) is not None:
            # Browsers once sent whole paths.
            path = sent.decode("utf-8", errors="replace")
            self.file_name = re.split(r"[\\/]", path)[-1][:_MAX_FILE_NAME_LENGTH]
            self.content = bytes(self._data)
        elif len(self._data) <= _MAX_FIELD_BYTES:
            text = self._data.decode("utf-8", errors="replace")
            self.fields[name.decode("utf-8", errors="replace")] = text
        else:
            raise _malformed_form()

    def end(self) -> None:
        """Note that the closing boundary was read."""
        self.is_complete = True


async def read_upload(request: Request) -> Upload:
    """Return the upload of a request; raise `Invalid` for any other body."""
    from python_multipart.multipart import parse_options_header

    content_type, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"").decode("latin-1")
    if content_type != b"multipart/form-data" or not boundary:
        raise _malformed_form()
    return parse_multipart(await request.body(), boundary)


def parse_multipart(body: bytes, boundary: str) -> Upload:
    """Return the parts of a multipart body."""
    # Imported on first use: one form of the client book uploads a file.
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser

    if len(boundary) > _MAX_BOUNDARY_LENGTH:
        raise _malformed_form()
    # Each near boundary in a file costs the parser a loop of its own: 1,600,000 in 9.6 MB took 3.3 s.
    if body.count(b"\r\n--" + boundary.encode("latin-1")) > _MAX_PARTS + 1:
        raise _malformed_form()
    parts = _Parts()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": parts.begin_part,
                "on_header_field": parts.add_header_name,
                "on_header_value": parts.add_header_value,
                "on_header_end": parts.end_header,
                "on_part_data": parts.add_data,
                "on_part_end": parts.end_part,
                "on_end": parts.end,
            },
            max_header_count=_MAX_HEADERS,
            max_header_size=_MAX_HEADER_BYTES,
        )
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise _malformed_form() from None
    if not parts.is_complete:
        raise _malformed_form()
    return Upload(parts.fields, parts.file_name, parts.content)


def _malformed_form() -> Invalid:
    return Invalid(
        "not-a-form", _("Choose a file and send it with the form on the page."), field="content"
    )
