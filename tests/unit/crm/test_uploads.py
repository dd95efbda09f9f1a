"""Parser of multipart uploads."""

import pytest

from crm.schemas.uploads import Upload, parse_multipart
from kit.errors import Invalid

BOUNDARY = "----WebKitFormBoundaryAbc"
FILE = b"name,phone\r\n\r\nLeo,\x00\xff--" + BOUNDARY.encode() + b"\r\n--almost\r\n"
BODY = (
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="exportPassphrase"\r\n\r\n'
    "caf\u00e9 on the corner\r\n"
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="content"; filename="C:\\fakepath\\clients.csv"\r\n'
    "Content-Type: text/csv\r\n\r\n"
).encode() + FILE


def test_parse_multipart_returns_fields_and_file() -> None:
    upload = parse_multipart(BODY + f"\r\n--{BOUNDARY}--\r\n".encode(), BOUNDARY)
    assert upload.fields == {"exportPassphrase": "caf\u00e9 on the corner"}
    assert (upload.file_name, upload.content) == ("clients.csv", FILE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        BODY,
        b"--other\r\n\r\nx\r\n--other--",
        f"--{BOUNDARY}\r\nno name\r\n--{BOUNDARY}--".encode(),
    ],
    ids=["nothing", "cut off", "another boundary", "no name"],
)
def test_parse_multipart_malformed_body_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        parse_multipart(body, BOUNDARY)


def part(header: str, content: str = "x") -> bytes:
    return f"--{BOUNDARY}\r\n{header}\r\n\r\n{content}\r\n".encode()


def parse(*parts: bytes) -> Upload:
    return parse_multipart(b"".join(parts) + f"--{BOUNDARY}--\r\n".encode(), BOUNDARY)


NOTE = 'Content-Disposition: form-data; name="note"'


@pytest.mark.parametrize(
    "parts",
    [
        [part(NOTE)] * 21,
        [part(NOTE, "x" * 10_001)],
        [part(f"{NOTE}\r\nX-Long: {'x' * 3_000}")],
        [part(NOTE + f"\r\nX-Long: {'x' * 1_000}" * 2)],
        [part("Content-Disposition: form-data")],
    ],
    ids=[
        "too many parts",
        "field too long",
        "header too long",
        "headers too long",
        "part without a name",
    ],
)
def test_parse_multipart_above_limit_is_refused(parts: list[bytes]) -> None:
    with pytest.raises(Invalid, match="Choose a file"):
        parse(*parts)


def test_parse_multipart_at_limits_is_accepted() -> None:
    assert parse(*[part(NOTE)] * 20).fields == {"note": "x"}
    assert parse(part(NOTE, "x" * 10_000)).fields == {"note": "x" * 10_000}
    name = "ä" * 300
    assert parse(part(f'{NOTE}; filename="{name}"')).file_name == name[:200]


def test_parse_multipart_file_field_left_empty_has_no_file() -> None:
    assert parse(part(f'{NOTE}; filename=""', "")).content == b""


def test_parse_multipart_extended_file_name_is_ignored() -> None:
    extended = "filename*=UTF-8''other.csv"
    assert parse(part(f'{NOTE}; filename="clients.csv"; {extended}')).file_name == "clients.csv"
    assert parse(part(f"{NOTE}; {extended}")).fields == {"note": "x"}


def test_parse_multipart_many_near_boundaries_are_refused() -> None:
    near = f"\r\n--{BOUNDARY}-x"
    assert parse(part(f'{NOTE}; filename="a.csv"', near)).content == near.encode()
    with pytest.raises(Invalid, match="Choose a file"):
        parse(part(f'{NOTE}; filename="a.csv"', near * 30))
