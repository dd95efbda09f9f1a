"""PostgreSQL server of this project, on loopback only.

The programs come from a wheel. `Postgres` keeps one data folder, starts in about 0.1 s (0.7 s
the first time) and recovers by itself after a SIGKILL. With `DATABASE_URL` another server is used
instead; that server must accept the functions' roles without a password.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import quote, urlsplit

from local import processes
from local.services import postgres_install as install

__all__ = ["DatabaseServer", "ExternalPostgres", "Postgres", "open_postgres"]

_START_SECONDS = 60.0
_LOG_LIMIT = 10 * 1024 * 1024
_COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
_KEEPS_DATA = {"shared_buffers": "128MB", "max_wal_size": "512MB"}
_FORGETS_DATA = {
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class DatabaseServer(Protocol):
    """PostgreSQL server, our own or an external one."""

    host: str
    port: int

    @property
    def running(self) -> bool:
        """Tell whether the server is running."""

    def start(self) -> Self:
        """Start the server and return when it accepts connections."""

    def stop(self) -> None:
        """Shut the server down in an orderly way."""

    def url(self, dbname: str = "postgres", user: str = "postgres") -> str:
        """Return a libpq connection string."""


class Postgres:
    """Server process over one data folder; a context manager."""

    host = "127.0.0.1"

    def __init__(self, data_dir: Path, port: int | None = None, *, durable: bool = True) -> None:
        """`durable=False`, for tests, is faster but loses data on a power failure."""
        self.data_dir = data_dir
        self.port = port or 0
        self.recovered = False
        self._wanted_port = port
        self._settings = _COMMON | (_KEEPS_DATA if durable else _FORGETS_DATA)
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log_file(self) -> Path:
        """Return the path of the server's log."""
        return self.data_dir.with_name(f"{self.data_dir.name}.log")

    @property
    def running(self) -> bool:
        """Tell whether the server process is running."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Create the data folder if needed, start the server, wait until it responds."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        folder = _own_folder(self.data_dir)
        if not (folder / "PG_VERSION").exists():
            self._initialise(folder)
        self.recovered = _clear_stale_lock(folder)
        for attempt in range(3):
            self.port = self._wanted_port or processes.free_port()
            if self._launch(folder):
                return self
            if self._wanted_port is not None or attempt == 2:
                break
        raise RuntimeError(f"PostgreSQL did not start; its log ends with:\n{self._log_tail()}")

    def stop(self) -> None:
        """Shut down fast: sessions are ended, committed data is on disk."""
        if self._process is not None:
            processes.stop(self._process, ask=signal.SIGINT, patience=30.0)
            self._process = None

    def kill(self) -> None:
        """Kill the server, as a crash would; for tests."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def url(self, dbname: str = "postgres", user: str = "postgres") -> str:
        """Return a libpq connection string."""
        return f"postgresql://{quote(user)}@{self.host}:{self.port}/{quote(dbname)}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _initialise(self, folder: Path) -> None:
        command: list[str | Path] = [install.binaries() / "initdb", "--pgdata", folder]
        command += ["--username=postgres", "--auth=trust", "--encoding=UTF8"]
        # Built into PostgreSQL: the same order and case folding on every machine.
        command += ["--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"]
        command += [] if self._durable else ["--no-sync"]
        result = processes.run(command, user=install.runs_as(), cwd=folder)
        if result.returncode:
            raise RuntimeError(f"initdb failed:\n{result.stderr.strip()}")

    def _launch(self, folder: Path) -> bool:
        command: list[str | Path] = [install.binaries() / "postgres", "-D", folder]
        command += ["-p", str(self.port)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_LIMIT:
            self.log_file.unlink()
        with self.log_file.open("ab") as log:
            self._process = processes.spawn(
                command,
                user=install.runs_as(),
                cwd=folder,
                stdout=log,
                stderr=log,
                death_signal=signal.SIGINT,
            )
        return self._wait(folder, self._process)

    def _wait(self, folder: Path, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while process.poll() is None:
            # The eighth line of the lock file is the server's state.
            lock = _lines(folder / "postmaster.pid")
            if len(lock) > 7 and lock[0] == str(process.pid) and lock[7].strip() == "ready":
                return True
            if time.monotonic() > deadline:
                self.stop()
                break
            time.sleep(0.01)
        return False

    def _log_tail(self) -> str:
        return "\n".join(_lines(self.log_file)[-15:])


class ExternalPostgres:
    """External server of `DATABASE_URL`, which is neither started nor stopped here."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 5432
        self._parts = parts

    @property
    def running(self) -> bool:
        """Return True: an external server is not watched."""
        return True

    def start(self) -> Self:
        """Return at once: the server is running already."""
        return self

    def stop(self) -> None:
        """Leave the external server running."""

    def url(self, dbname: str = "postgres", user: str = "postgres") -> str:
        """Return a connection string; the superuser keeps the credentials of `DATABASE_URL`."""
        login = quote(user)
        if user == "postgres" and self._parts.username:
            login = self._parts.netloc.rpartition("@")[0]
        return f"postgresql://{login}@{self.host}:{self.port}/{quote(dbname)}"


def open_postgres(data_dir: Path, *, durable: bool = True) -> DatabaseServer:
    """Return our own server over a data folder, or that of `DATABASE_URL`; not started."""
    url = os.environ.get("DATABASE_URL")
    return ExternalPostgres(url) if url else Postgres(data_dir, durable=durable)


def _own_folder(data_dir: Path) -> Path:
    """Create the data folder in a place that the server's user may enter, owned by that user."""
    if not data_dir.exists():
        data_dir.unlink(missing_ok=True)  # a dangling link
        if install.reachable(data_dir.parent):
            data_dir.mkdir(mode=0o700)
        else:
            home = tempfile.mkdtemp(prefix="hellomahi-data-", dir=install.scratch_root())
            data_dir.symlink_to(home, target_is_directory=True)
    folder = data_dir.resolve()
    uid = install.runs_as()
    if uid is not None and folder.stat().st_uid != uid:
        os.chown(folder, uid, uid)
    return folder


def _clear_stale_lock(folder: Path) -> bool:
    """Remove the lock file of a crashed server; return True if the server was not shut down properly."""
    lock = folder / "postmaster.pid"
    deadline = time.monotonic() + 15.0
    while (pid := _lock_holder(lock)) is not None:
        # A server whose parent was killed ends soon; one that stays is that of a second run.
        if time.monotonic() > deadline:
            raise RuntimeError(f"the data folder {folder} is in use by PostgreSQL process {pid}")
        time.sleep(0.1)
    if lock.exists():
        lock.unlink()
        return True
    return False


def _lock_holder(lock: Path) -> int | None:
    """Return the id of the running PostgreSQL process of a lock file, or None."""
    first = next(iter(_lines(lock)), "")
    if not first.strip().isdigit():
        return None
    pid = int(first)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    command = Path(f"/proc/{pid}/cmdline")
    if command.exists():
        # Process ids are reused, in containers soon: check the command line.
        return pid if str(lock.parent).encode() in command.read_bytes().split(b"\0") else None
    return pid


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
