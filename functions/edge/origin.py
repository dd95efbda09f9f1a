"""Lambda authorizer of the HTTP API: does this request come from our CloudFront distribution?"""

import hmac
import time
from typing import Any

from kit.aws import client
from kit.settings import env_required

HEADER = "x-origin-verify"
VERSIONS = ("AWSCURRENT", "AWSPREVIOUS")
"""Both, because CloudFront takes minutes to send a new secret from everywhere."""
FRESH_SECONDS = 60.0
"""A wrong header makes us look again, but not more often than this."""


class OriginSecrets:
    """The values that CloudFront may send, remembered until one arrives that is not among them."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()
        self._read_at = float("-inf")

    def accept(self, sent: str) -> bool:
        """Say whether `sent` is one of them; after a rotation the new one is read on first sight."""
        if self._is_known(sent):
            return True
        if time.monotonic() - self._read_at < FRESH_SECONDS:
            return False
        self._known, self._read_at = _read(), time.monotonic()
        return self._is_known(sent)

    def _is_known(self, sent: str) -> bool:
        return any(hmac.compare_digest(sent.encode(), known.encode()) for known in self._known)


_secrets = OriginSecrets()
# Made while Lambda starts us, with a whole processor; the first request would make it with a part of one.
client("secretsmanager")


def handler(event: dict[str, Any], _context: object) -> dict[str, bool]:
    """Answer whether the header carries the secret."""
    sent = str(event.get("headers", {}).get(HEADER, ""))
    return {"isAuthorized": _secrets.accept(sent)}


def _read() -> tuple[str, ...]:
    secrets = client("secretsmanager")
    arn = env_required("ORIGIN_VERIFY_SECRET_ARN")
    found = []
    for version in VERSIONS:
        try:
            answer = secrets.get_secret_value(SecretId=arn, VersionStage=version)
        except secrets.exceptions.ResourceNotFoundException:
            continue  # there is no previous one before the first rotation
        found.append(answer["SecretString"])
    return tuple(found)
