"""Parser of export archives: any file is parsed, or refused with a message."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from crm.domain import export_archive
from crm.domain.export_archive import read_archive
from crm.domain.export_schema import MAX_RECORDS, SCHEMA
from kit.errors import Invalid

OURS: dict[str, Any] = {"schema": SCHEMA, "clients": [{"number": n} for n in range(200)]}
_LOCAL, _CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def zipped(data: Any = OURS, method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as files:
        files.writestr("data.json", json.dumps(data))
    return bytearray(out.getvalue())


def changed(at_local: int, at_central: int, value: int) -> bytes:
    """Return an archive with one byte changed in both headers."""
    length_prefixed = zipped()
    length_prefixed[length_prefixed.find(_LOCAL) + at_local] = value
    length_prefixed[length_prefixed.find(_CENTRAL) + at_central] = value
    return bytes(length_prefixed)


def broken(method: int) -> bytes:
    length_prefixed = zipped(method=method)
    for at in (45, 50, 60):
        length_prefixed[at] ^= 0xFF
    return bytes(length_prefixed)


def cut_short() -> bytes:
    """Return an archive whose directory lists more data than it holds."""
    length_prefixed = zipped(method=zipfile.ZIP_STORED)
    at = length_prefixed.find(_CENTRAL)
    for size in (20, 24):
        length_prefixed[at + size : at + size + 4] = (1_000_000).to_bytes(4, "little")
    return bytes(length_prefixed)


@pytest.mark.parametrize(
    "archive",
    [
        lambda: changed(6, 8, 1),
        lambda: changed(6, 8, 0x20),
        lambda: changed(8, 10, 97),
        lambda: changed(4, 6, 99),
        lambda: broken(zipfile.ZIP_LZMA),
        lambda: broken(zipfile.ZIP_BZIP2),
        lambda: broken(zipfile.ZIP_DEFLATED),
        lambda: bytes(zipped(method=zipfile.ZIP_BZIP2)),
        cut_short,
        lambda: b"PK",
        lambda: bytes(zipped([1])),
        lambda: bytes(zipped({"schema": SCHEMA, "clients": {}})),
    ],
    ids=[
        "locked", "patched", "unknown-method", "later-version", "lzma", "bzip2", "deflated",
        "whole-bzip2", "cut-short", "no-zip", "no-object", "no-list",
    ],
)  # fmt: skip
def test_read_archive_malformed_zip_is_refused(archive: Callable[[], bytes]) -> None:
    with pytest.raises(Invalid) as refused:
        read_archive(archive())
    assert (refused.value.code, refused.value.field) == ("not-an-export", "content")


def test_read_archive_too_many_records_is_refused() -> None:
    half = [1] * (MAX_RECORDS // 2)
    read = read_archive(bytes(zipped({"schema": SCHEMA, "clients": half, "visits": half})))
    assert sum(len(records) for _, records in read.tables) == MAX_RECORDS
    with pytest.raises(Invalid) as refused:
        read_archive(bytes(zipped({"schema": SCHEMA, "clients": half, "visits": [*half, 1]})))
    assert (refused.value.code, refused.value.field) == ("import-too-long", "content")


def test_read_archive_above_uncompressed_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(json.dumps(OURS))
    monkeypatch.setattr(export_archive, "MAX_UNCOMPRESSED_BYTES", size)
    assert len(read_archive(bytes(zipped())).tables[0][1]) == 200
    monkeypatch.setattr(export_archive, "MAX_UNCOMPRESSED_BYTES", size - 1)
    with pytest.raises(Invalid) as refused:
        read_archive(bytes(zipped()))
    assert refused.value.code == "not-an-export"
