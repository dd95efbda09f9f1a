"""Time-based one-time passwords (RFC 6238: SHA-1, six digits, 30 seconds) and recovery codes."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

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
    digest = hmac.digest(secret, step.to_bytes(8), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_at(moment: datetime) -> int:
    """Return the time step of `moment`."""
    return int(moment.timestamp()) // PERIOD_SECONDS


def find_accepted_step(secret: bytes, code: str, moment: datetime, last_step: int) -> int | None:
    """Return the time step that `code` belongs to, or None.

    Steps up to `last_step` are used: a code seen over a shoulder cannot be used again.
    """
    now = step_at(moment)
    for step in range(now - _MAX_DRIFT_STEPS, now + _MAX_DRIFT_STEPS + 1):
        if step > last_step and hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def encode_base32(secret: bytes) -> str:
    """Return the secret in the form that is typed into authenticator apps."""
    return base64.b32encode(secret).decode().rstrip("=")


def provisioning_uri(secret: bytes, account: str) -> str:
    """Return the `otpauth:` URI for the QR code."""
    query = urlencode({"secret": encode_base32(secret), "issuer": ISSUER, "digits": DIGITS})
    return f"otpauth://totp/{ISSUER}:{quote(account)}?{query}"


def looks_like_totp(code: str) -> bool:
    """Tell whether `code` is a code of the app, not a recovery code."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


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
