"""Child processes that never outlive this one.

Ctrl-C and SIGKILL alike must leave nothing behind. On Linux the kernel signals a child when
the *thread* that started it ends, so every child is started by one thread that lives as long
as the process. Children get a process group of their own: a Ctrl-C in the terminal reaches
only us, and we stop them in the right order.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

__all__ = ["free_port", "listening", "run", "spawn", "stop"]

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="children")

type Output = int | IO[bytes] | None


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: int | None = None,
    stdout: Output = subprocess.DEVNULL,
    stderr: Output = subprocess.DEVNULL,
    death_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a child that receives `death_signal` when this process dies, however it dies."""

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(part) for part in command],
            env=None if env is None else dict(env),
            cwd=cwd,
            user=user,
            group=user,
            extra_groups=None if user is None else (),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            process_group=0,
            preexec_fn=_die_with_parent(death_signal),
        )

    return _STARTER.submit(start).result()


def run(
    command: Sequence[str | Path], *, user: int | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end and keep what it said."""
    return subprocess.run(
        [str(part) for part in command],
        user=user,
        group=user,
        extra_groups=None if user is None else (),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def stop(
    process: subprocess.Popen[bytes],
    *,
    ask: signal.Signals = signal.SIGTERM,
    patience: float = 10.0,
) -> None:
    """Ask a child to end, insist when it does not, and reap it."""
    if process.poll() is None:
        process.send_signal(ask)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def free_port() -> int:
    """Return a loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(port: int) -> bool:
    """Tell whether something accepts connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    parent, prctl = os.getpid(), _LIBC.prctl

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel was asked
            os._exit(1)

    return ask_kernel
