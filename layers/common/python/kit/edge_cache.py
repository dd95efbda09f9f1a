"""Invalidation of responses in the CDN cache, when the content that they show changes or is removed.

A port, because a purge is a call to another service: CloudFront in the cloud, and locally an endpoint that records
it. A call may be repeated: the same reference is the same purge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kit.aws import client

MAX_PATHS = 1000
"""CloudFront takes 3000 at once over all purges under way."""


class CdnInvalidator(Protocol):
    """Cache of public responses that can be invalidated by path."""

    def purge(self, paths: Sequence[str], reference: str) -> None:
        """Invalidate `paths`; a path that ends in `*` matches every path with that prefix."""
        ...


class CloudFrontInvalidator:
    """Invalidator of one CloudFront distribution."""

    def __init__(self, distribution_id: str) -> None:
        self._distribution_id = distribution_id

    def purge(self, paths: Sequence[str], reference: str) -> None:
        """Create the invalidation; CloudFront applies it everywhere within a minute."""
        unique = list(dict.fromkeys(paths))
        if len(unique) > MAX_PATHS:
            unique = ["/*"]
        client("cloudfront").create_invalidation(
            DistributionId=self._distribution_id,
            InvalidationBatch={
                "Paths": {"Quantity": len(unique), "Items": unique},
                "CallerReference": reference,
            },
        )
