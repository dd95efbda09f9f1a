"""Search index maintenance: the nightly check and the rebuild command."""

from collections import Counter
from dataclasses import dataclass

from escorts.repository.search_index import SearchIndex
from kit.observability import count, logger, metrics

BATCH = 500


@dataclass(frozen=True, slots=True)
class SearchIndexMaintenance:
    """Maintenance steps of the search index, on one transaction."""

    index: SearchIndex

    def demote_inactive(self) -> int:
        """Refresh one batch of profiles that are no longer recently active; return the count."""
        return self.index.demote_inactive(BATCH)

    def verify(self) -> int:
        """Compare every row with the expected one; return the number of differences, normally 0."""
        found = self.index.verify()
        count("SearchDifferences", len(found))
        metrics().flush_metrics()
        if found:
            kinds = dict(Counter(kind for _, kind in found))
            some = [str(profile_id) for profile_id, _ in found[:20]]
            logger().error("search index differs from profiles", kinds=kinds, profiles=some)
        return len(found)

    def rebuild(self) -> int:
        """Rebuild all rows; return their number."""
        return self.index.rebuild()
