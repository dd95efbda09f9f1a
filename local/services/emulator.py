"""AWS emulator: a process in its own Python environment, on loopback only.

The state of accounts is separate, and a 12-digit access key selects the account: a test
isolates itself by choosing one.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from local import processes
from local.services.emulator_journal import RECOVERY_FILE

__all__ = ["ACCOUNT", "REGION", "Emulator", "Recovery"]

ACCOUNT = "000000000000"
REGION = "eu-west-1"

_HOME = Path(__file__).resolve().parents[2] / ".tools" / "emulator"
_SERVER = Path(__file__).with_name("emulator_server.py")
_SECRET = "local"  # noqa: S105 - the emulator accepts any
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Recovery:
    """Replayed and lost DynamoDB writes of the journal, by table; both empty after a clean stop."""

    replayed: Mapping[str, int]
    lost: Mapping[str, int]


class Emulator:
    """Emulator process; with a `state_dir` its state survives. A context manager."""

    def __init__(
        self, state_dir: Path | None, port: int | None = None, *, region: str = REGION
    ) -> None:
        self.state_dir = state_dir
        self.region = region
        self.port = port or 0
        self._wanted_port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _log_file(self) -> Path:
        folder = self.state_dir
        return Path(os.devnull) if folder is None else folder.with_name(f"{folder.name}.log")

    @property
    def endpoint(self) -> str:
        """Return the value of AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Tell whether the process is running."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start the process and wait until it responds."""
        if not (_HOME / "bin" / "python").exists():
            raise RuntimeError("the AWS emulator is not installed: run `make install`")
        self.port = self._wanted_port or processes.free_port()
        if self.state_dir is not None:
            self.state_dir.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("wb") as log:
            self._process = processes.spawn(
                [_HOME / "bin" / "python", _SERVER],
                env=self._environment(),
                stdout=log,
                stderr=log,
                death_signal=signal.SIGTERM,
            )
        self._wait(self._process)
        return self

    def stop(self) -> None:
        """Save the state and end the process."""
        if self._process is not None:
            processes.stop(self._process, patience=30.0)
            self._process = None

    def kill(self) -> None:
        """Kill the process, as a crash would; for tests."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def save(self) -> None:
        """Write the state to the state folder now."""
        self.request("PUT", "/_hellomahi/save")

    def recovery(self) -> Recovery:
        """Return the writes that this start replayed or lost after an unclean stop."""
        path = None if self.state_dir is None else self.state_dir / RECOVERY_FILE
        if path is None or not path.exists():
            return Recovery({}, {})
        found = json.loads(path.read_text())
        return Recovery(found["replayed"], found["lost"])

    def client(self, service: str, account: str = ACCOUNT) -> Any:
        """Return a boto3 client of an account on this emulator."""
        import boto3  # half a second, and only some callers need it
        from botocore.config import Config

        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=account,
            aws_secret_access_key=_SECRET,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": 2}, max_pool_connections=50
            ),
        )

    def request(self, method: str, path: str) -> Any:
        """Call one of the emulator's own (not AWS's) endpoints and return its JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status >= 300:
            raise ConnectionError(f"the AWS emulator answered {response.status} to {path}")
        return json.loads(body) if body else None

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        ours = {
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": self.region,
            "LOG_LEVEL": "WARNING",
            # Turn off listeners and containers that are not needed.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent",
        }
        if self.state_dir is not None:
            ours |= {"PERSIST_STATE": "1", "STATE_DIR": str(self.state_dir)}
            ours |= {"S3_PERSIST": "1", "S3_DATA_DIR": str(self.state_dir / "s3")}
        return kept | ours

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                self.request("GET", "/_ministack/ready")
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
            else:
                return
        self.stop()
        last_lines = "\n".join(self._log_file.read_text(errors="replace").splitlines()[-10:])
        raise RuntimeError(f"the AWS emulator did not start; its log ends with:\n{last_lines}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
