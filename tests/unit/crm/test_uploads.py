"""Parser of multipart uploads."""

import pytest

from crm.schemas.uploads import parse_multipart
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
