"""Event entry point: purges the CDN paths of a profile when it changes or is delisted.

It runs outside the VPC, where the CloudFront API can be reached, and so without a database: the events
carry the slugs. A failed purge is retried with its message.
"""

from hashlib import sha256
from json import loads
from typing import Any

from contracts.escorts import ProfileDelisted, ProfilePagesInvalidated
from escorts.domain.cdn_paths import LIST_PATHS, profile_paths, remove_covered_paths
from escorts.settings import distribution_id
from kit.edge_cache import CloudFrontInvalidator
from kit.observability import log_failure, logger


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Purge once for the whole batch, since CloudFront allows few concurrent wildcard purges."""
    records = event["Records"]
    paths, messages = [], []
    for record in records:
        try:
            paths += _paths(loads(record["body"])["detail"])
            messages.append(record["messageId"])
        except Exception as error:
            log_failure("record failed", error, message_id=record["messageId"])
    reference = sha256("|".join(sorted(messages)).encode()).hexdigest()[:32]
    if messages:
        try:
            CloudFrontInvalidator(distribution_id()).purge(remove_covered_paths(paths), reference)
            logger().info("purged", count=len(messages))
        except Exception as error:
            log_failure("purge failed", error, records=str(len(messages)))
            messages = []
    failed = [one["messageId"] for one in records if one["messageId"] not in messages]
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}


def _paths(envelope: dict[str, Any]) -> list[str]:
    if envelope["type"] == ProfileDelisted.__name__:
        delisted = ProfileDelisted.from_envelope(envelope)
        return [*LIST_PATHS, *profile_paths(delisted.profile_id, delisted.slugs)]
    invalidated = ProfilePagesInvalidated.from_envelope(envelope)
    return profile_paths(invalidated.profile_id, invalidated.slugs)
