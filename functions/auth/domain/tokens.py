"""Single-use tokens: 256 random bits, of which only a hash is stored."""

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum

TOKEN_LENGTH = 43


class TokenPurpose(StrEnum):
    """Purpose that a token can be used for."""

    VERIFY_EMAIL = "verify-email"
    RESET_PASSWORD = "reset-password"  # noqa: S105 - a purpose, not a password
    SIGN_IN = "sign-in"


LIFETIMES = {
    TokenPurpose.VERIFY_EMAIL: timedelta(hours=48),
    TokenPurpose.RESET_PASSWORD: timedelta(hours=1),
    # Between the password and the second factor, on the sign-in page.
    TokenPurpose.SIGN_IN: timedelta(minutes=5),
}
INVITATION_LIFETIME = timedelta(hours=24)
"""Lifetime of the link with which an administrator made by a command sets the first password."""


def new_token() -> str:
    """Return a new random token for a link."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return the hash of `token` to store; tokens are random, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).digest()
