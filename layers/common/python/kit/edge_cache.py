"""Making the CDN forget: what it keeps of public answers must go when what they show goes.

A port, because a purge is a call to somebody else: `CloudFront` in the cloud, and locally an endpoint that writes it
down. Whoever calls it may repeat it: the same reference is the same purge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kit.aws import client

MAX_PATHS = 1000
"""CloudFront takes 3000 at once over all purges under way."""


class CdnInvalidator(Protocol):
    """What keeps public answers near their readers."""

    def purge(self, paths: Sequence[str], reference: str) -> None:
        """Forget these addresses; one that ends in `*` means all that begin so."""
        ...


class CloudFrontInvalidator:
    """One CloudFront distribution."""

    def __init__(self, distribution_id: str) -> None:
        self._distribution_id = distribution_id

    def purge(self, paths: Sequence[str], reference: str) -> None:
        """Create the invalidation; it reaches every place within seconds to a minute."""
        kept = list(dict.fromkeys(paths))
        if len(kept) > MAX_PATHS:
            kept = ["/*"]
        client("cloudfront").create_invalidation(
            DistributionId=self._distribution_id,
            InvalidationBatch={
                "Paths": {"Quantity": len(kept), "Items": kept},
                "CallerReference": reference,
            },
        )
