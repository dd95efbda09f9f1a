"""Time-based one-time passwords (RFC 6238: SHA-1, six digits, 30 seconds) and recovery codes."""

import base64
import hashlib
import secrets
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

PERIOD_SECONDS = 30
DIGITS = 6
_MAX_DRIFT_STEPS = 1
"""Accepted clock drift in time steps, in either direction."""

RECOVERY_CODE_COUNT = 10
ISSUER = "HelloMahi"


def new_secret() -> bytes:
    """Return a new random secret of 160 bits, as RFC 4226 recommends."""
    return secrets.token_bytes(20)


def code_at(secret: bytes, step: int) -> str:
    """Return the code of the time step `step`."""
    return _generator(secret).generate(step * PERIOD_SECONDS).decode()


def step_at(moment: datetime) -> int:
    """Return the time step of `moment`."""
    return int(moment.timestamp()) // PERIOD_SECONDS


def find_accepted_step(secret: bytes, code: str, moment: datetime, last_step: int) -> int | None:
    """Return the time step that `code` belongs to, or None.

    Steps up to `last_step` are used: a code seen over a shoulder cannot be used again.
    """
    from cryptography.hazmat.primitives.twofactor import InvalidToken

    generator = _generator(secret)
    now = step_at(moment)
    for step in range(now - _MAX_DRIFT_STEPS, now + _MAX_DRIFT_STEPS + 1):
        if step <= last_step:
            continue
        with suppress(InvalidToken):
            generator.verify(code.encode(), step * PERIOD_SECONDS)
            return step
    return None


def encode_base32(secret: bytes) -> str:
    """Return the secret in the form that is typed into authenticator apps."""
    return base64.b32encode(secret).decode().rstrip("=")


def provisioning_uri(secret: bytes, account: str) -> str:
    """Return the `otpauth:` URI for the QR code."""
    return _generator(secret).get_provisioning_uri(account, ISSUER)


def looks_like_totp(code: str) -> bool:
    """Tell whether `code` is a code of the app, not a recovery code."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def _generator(secret: bytes) -> "TOTP":
    # 7 ms of import that only a sign-in with a second factor needs.
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    # Authenticator apps know SHA-1 alone; its collisions do not weaken HMAC.
    return TOTP(secret, DIGITS, SHA1(), PERIOD_SECONDS)  # noqa: S303


def new_recovery_codes() -> list[str]:
    """Return new random codes of 80 bits each, in groups that can be read aloud."""
    codes = (
        base64.b32encode(secrets.token_bytes(10)).decode().lower()
        for _ in range(RECOVERY_CODE_COUNT)
    )
    return ["-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in codes]


def hash_recovery_code(code: str) -> bytes:
    """Return the hash of a recovery code, ignoring case, spaces and dashes."""
    plain = code.lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode()).digest()
