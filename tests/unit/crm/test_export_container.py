"""Export container: decrypted by the application, and by the offline decryptor."""

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from crm.domain import export_container
from crm.domain.export_container import CHUNK, TAG, Argon2Params, open_sealed, seal
from crm.offline import decrypt_export
from kit.errors import Invalid

PASSPHRASE = "a passphrase for the archive"
CHEAP = Argon2Params(memory_kib=64, passes=1)
SECRET = b"planted-secret-of-the-archive"
CHUNKS = 3


def zipped() -> bytes:
    """Return a zip that fills three chunks."""
    out = BytesIO()
    with ZipFile(out, "w") as files:
        files.writestr("data.json", SECRET + b"x" * (2 * CHUNK))
        files.writestr("clients.csv", b"name\r\nLeo\r\n")
    return out.getvalue()


def container() -> bytes:
    return seal(PASSPHRASE, zipped(), CHEAP)


def body(whole: bytes) -> int:
    """Return the offset of the first chunk."""
    return 8 + int.from_bytes(whole[4:8]) + 32


def chunks(whole: bytes) -> list[bytes]:
    sealed = whole[body(whole) :]
    return [sealed[at : at + CHUNK + TAG] for at in range(0, len(sealed), CHUNK + TAG)]


def changed(whole: bytes, at: int) -> bytes:
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


def joined(whole: bytes, *parts: bytes) -> bytes:
    return whole[: body(whole)] + b"".join(parts)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut within a chunk": lambda whole: whole[:-1],
    "cut between chunks": lambda whole: joined(whole, *chunks(whole)[:-1]),
    "cut before the chunks": lambda whole: whole[: body(whole)],
    "reordered": lambda whole: joined(whole, *(chunks(whole)[at] for at in (1, 0, 2))),
    "a chunk twice": lambda whole: joined(whole, *(chunks(whole)[at] for at in (0, 0, 1, 2))),
    "lengthened": lambda whole: whole + b"\0" * 40,
    "a bit of a chunk": lambda whole: changed(whole, body(whole) + 5),
    "a bit of the last tag": lambda whole: changed(whole, len(whole) - 1),
    "a byte of the help": lambda whole: changed(whole, whole.index(b"opens")),
    "no header": lambda whole: whole[:6],
    "another size of chunks": lambda whole: whole.replace(b": 65536}", b": 65535}"),
}


def test_container_decrypts_and_hides_payload() -> None:
    whole = container()
    assert len(chunks(whole)) == CHUNKS
    assert SECRET not in whole
    assert open_sealed(PASSPHRASE, whole) == zipped()
    assert open_sealed(PASSPHRASE, seal(PASSPHRASE, b"", CHEAP)) == b""
    assert open_sealed("caf\u00e9 passphrase", seal("cafe\u0301 passphrase", b"x", CHEAP)) == b"x"


def test_container_wrong_passphrase_differs_from_damage() -> None:
    with pytest.raises(Invalid) as refused:
        open_sealed(PASSPHRASE + ".", container())
    assert (refused.value.code, refused.value.field) == (
        "wrong-export-passphrase",
        "exportPassphrase",
    )


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_container_with_any_change_is_refused(damage: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_sealed(PASSPHRASE, DAMAGES[damage](container()))
    assert refused.value.code == "archive-damaged"


def test_container_header_with_excessive_cost_is_refused() -> None:
    greedy = container().replace(b'"memoryKib": 64', b'"memoryKib": 99999999')
    length = int.from_bytes(greedy[4:8]) + len(b"99999999") - len(b"64")
    with pytest.raises(Invalid):
        open_sealed(PASSPHRASE, greedy[:4] + length.to_bytes(4) + greedy[8:])
    assert export_container.ARGON2_PARAMS.memory_kib >= 65_536


def run(archive: Path, folder: Path, passphrase: str) -> subprocess.CompletedProcess[str]:
    """Run the offline decryptor in a process without the application."""
    script = archive.with_name("decrypt_export.py")
    script.write_bytes(Path(decrypt_export.__file__).read_bytes())
    return subprocess.run(
        [sys.executable, "-I", str(script), str(archive), str(folder)],
        input=passphrase + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=archive.parent,
    )


def test_offline_decryptor_writes_the_files(tmp_path: Path) -> None:
    archive, folder = tmp_path / "archive.hmx", tmp_path / "out"
    archive.write_bytes(container())
    done = run(archive, folder, PASSPHRASE)
    assert done.returncode == 0, done.stderr
    assert (folder / "data.json").read_bytes().startswith(SECRET)
    assert sorted(one.name for one in folder.iterdir()) == ["clients.csv", "data.json"]
    again = run(archive, folder, PASSPHRASE)
    assert (again.returncode, "already" in again.stderr) == (1, True)


@pytest.mark.parametrize("damage", ["wrong passphrase", *sorted(DAMAGES)])
def test_offline_decryptor_damaged_archive_writes_nothing(damage: str, tmp_path: Path) -> None:
    archive, folder = tmp_path / "archive.hmx", tmp_path / "out"
    archive.write_bytes(DAMAGES.get(damage, bytes)(container()))
    done = run(archive, folder, PASSPHRASE if damage in DAMAGES else "another passphrase")
    assert done.returncode == 1
    assert "Nothing was written." in done.stderr
    assert "Traceback" not in done.stderr
    assert not folder.exists()


def test_offline_decryptor_refuses_paths_outside_the_folder(tmp_path: Path) -> None:
    out = BytesIO()
    with ZipFile(out, "w") as files:
        files.writestr("../evil.txt", b"x")
    archive, folder = tmp_path / "archive.hmx", tmp_path / "out"
    archive.write_bytes(seal(PASSPHRASE, out.getvalue(), CHEAP))
    assert run(archive, folder, PASSPHRASE).returncode == 1
    assert not folder.exists()
    assert not (tmp_path / "evil.txt").exists()
