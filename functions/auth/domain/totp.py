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
"""Steps that a clock may be off, either way."""

RECOVERY_CODE_COUNT = 10
ISSUER = "HelloMahi"


def new_secret() -> bytes:
    """Return a fresh secret of 160 bits, as RFC 4226 recommends."""
    return secrets.token_bytes(20)


def code_at(secret: bytes, step: int) -> str:
    """Return the code of one time step."""
    digest = hmac.digest(secret, step.to_bytes(8), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_at(moment: datetime) -> int:
    """Return the time step of `moment`."""
    return int(moment.timestamp()) // PERIOD_SECONDS


def find_accepted_step(secret: bytes, code: str, moment: datetime, last_step: int) -> int | None:
    """Return the step whose code this is, or nothing.

    Steps up to `last_step` are spent: a code seen over a shoulder is of no use.
    """
    now = step_at(moment)
    for step in range(now - _MAX_DRIFT_STEPS, now + _MAX_DRIFT_STEPS + 1):
        if step > last_step and hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def encode_base32(secret: bytes) -> str:
    """Return the secret as authenticator apps take it by hand."""
    return base64.b32encode(secret).decode().rstrip("=")


def provisioning_uri(secret: bytes, account: str) -> str:
    """Return the `otpauth:` address that the QR code carries."""
    query = urlencode({"secret": encode_base32(secret), "issuer": ISSUER, "digits": DIGITS})
    return f"otpauth://totp/{ISSUER}:{quote(account)}?{query}"


def looks_like_totp(code: str) -> bool:
    """Tell a code of the app from a recovery code."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def new_recovery_codes() -> list[str]:
    """Return fresh codes of 80 bits each, in groups that can be read aloud."""
    codes = (
        base64.b32encode(secrets.token_bytes(10)).decode().lower()
        for _ in range(RECOVERY_CODE_COUNT)
    )
    return ["-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in codes]


def hash_recovery_code(code: str) -> bytes:
    """Return what is kept of a recovery code, however it was typed."""
    plain = code.lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode()).digest()
