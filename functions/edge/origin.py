"""Lambda authorizer of the HTTP API: checks that a request comes from our CloudFront distribution."""

import hmac
import time
from typing import Any

from kit.aws import client
from kit.settings import env_required

HEADER = "x-origin-verify"
VERSIONS = ("AWSCURRENT", "AWSPREVIOUS")
"""Both versions are accepted, because CloudFront takes minutes to use a new secret everywhere."""
MIN_REREAD_SECONDS = 60.0
"""A wrong header makes the authorizer read the secret again, but not more often than this."""


class OriginSecrets:
    """Accepted values of CloudFront's secret header, cached until an unknown value arrives."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()
        self._read_at = float("-inf")

    def is_valid(self, sent: str) -> bool:
        """Tell whether `sent` is a valid secret; after a rotation the new one is read when it first arrives."""
        if self._is_known(sent):
            return True
        if time.monotonic() - self._read_at < MIN_REREAD_SECONDS:
            return False
        self._known, self._read_at = _read(), time.monotonic()
        return self._is_known(sent)

    def _is_known(self, sent: str) -> bool:
        return any(hmac.compare_digest(sent.encode(), known.encode()) for known in self._known)


_secrets = OriginSecrets()
# Created in the init phase, with a whole processor; the first request would create it with a part of one.
client("secretsmanager")


def handler(event: dict[str, Any], _context: object) -> dict[str, bool]:
    """Answer the gateway whether the header carries the secret."""
    sent = str(event.get("headers", {}).get(HEADER, ""))
    return {"isAuthorized": _secrets.is_valid(sent)}


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
