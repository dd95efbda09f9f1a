"""Event entry: what the edge keeps of a profile is purged as soon as it must not be seen any more.

Outside the VPC, where CloudFront's API can be reached, and so without a database: the events carry the addresses. A
purge that fails comes again with its message.
"""

from hashlib import sha256
from json import loads
from typing import Any

from contracts.escorts import ProfileDelisted, ProfilePagesInvalidated
from escorts.domain.cdn_paths import LISTS, own_pages, without_covered
from escorts.settings import distribution_id
from kit.edge_cache import CloudFrontInvalidator
from kit.observability import log_failure, logger


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Purge for a whole batch at once: CloudFront allows few purges of lists at a time."""
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
            CloudFrontInvalidator(distribution_id()).purge(without_covered(paths), reference)
            logger().info("purged", count=len(messages))
        except Exception as error:
            log_failure("purge failed", error, records=str(len(messages)))
            messages = []
    failed = [one["messageId"] for one in records if one["messageId"] not in messages]
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}


def _paths(envelope: dict[str, Any]) -> list[str]:
    if envelope["type"] == ProfileDelisted.__name__:
        gone = ProfileDelisted.from_envelope(envelope)
        return [*LISTS, *own_pages(gone.profile_id, gone.slugs)]
    changed = ProfilePagesInvalidated.from_envelope(envelope)
    return own_pages(changed.profile_id, changed.slugs)
