"""Lambda authorizer of the HTTP API: does this request come from our CloudFront distribution?"""

import hmac
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

from kit.settings import required

HEADER = "x-origin-verify"
VERSIONS = ("AWSCURRENT", "AWSPREVIOUS")
"""Both, because CloudFront takes minutes to send a new secret from everywhere."""


def handler(event: dict[str, Any], _context: object) -> dict[str, bool]:
    """Answer whether the header carries the secret."""
    sent = str(event.get("headers", {}).get(HEADER, ""))
    return {"isAuthorized": any(hmac.compare_digest(sent, known) for known in _secrets())}


@cache
def _secrets() -> tuple[str, ...]:
    client = boto3.client("secretsmanager")
    arn = required("ORIGIN_VERIFY_SECRET_ARN")
    found = []
    for version in VERSIONS:
        try:
            found.append(
                client.get_secret_value(SecretId=arn, VersionStage=version)["SecretString"]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
    return tuple(found)
