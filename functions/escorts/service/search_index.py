"""Looking after the search's projection at night, and making it anew when somebody asks."""

from collections import Counter
from dataclasses import dataclass

from escorts.repository.search_index import SearchUpkeep
from kit.observability import count, logger, metrics

BATCH = 500


@dataclass(frozen=True, slots=True)
class Searchkeeping:
    """What jobs do to the projection, on one transaction."""

    upkeep: SearchUpkeep

    def settle(self) -> int:
        """Refresh one batch of those who are no longer recently active; return how many."""
        return self.upkeep.settle(BATCH)

    def check(self) -> int:
        """Compare every row with what it should be; return the differences, which is always 0."""
        found = self.upkeep.differences()
        count("SearchDifferences", len(found))
        metrics().flush_metrics()
        if found:
            kinds = dict(Counter(kind for _, kind in found))
            some = [str(profile_id) for profile_id, _ in found[:20]]
            logger().error("the search differs from the profiles", kinds=kinds, profiles=some)
        return len(found)

    def rebuild(self) -> int:
        """Make every row anew; return how many there are."""
        return self.upkeep.rebuild()
