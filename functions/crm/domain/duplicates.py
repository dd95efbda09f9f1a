"""Duplicate detection: groups of clients connected by shared contact data, however long the chain."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Clients that may be one person, by id; `shared_by`: any of "account", "email", "import", "phone"."""

    client_ids: list[UUID]
    shared_by: list[str]


def connected_groups(shared: Iterable[tuple[str, list[UUID]]]) -> list[DuplicateGroup]:
    """Return the groups connected by (kind, clients), ordered by their lowest ids."""
    leader: dict[UUID, UUID] = {}
    everything = list(shared)
    for _, client_ids in everything:
        for one in client_ids:
            first, second = _find(leader, client_ids[0]), _find(leader, one)
            leader[max(first, second)] = min(first, second)
    members: dict[UUID, set[UUID]] = defaultdict(set)
    kinds: dict[UUID, set[str]] = defaultdict(set)
    for kind, client_ids in everything:
        head = _find(leader, client_ids[0])
        members[head] |= set(client_ids)
        kinds[head].add(kind)
    return [DuplicateGroup(sorted(members[head]), sorted(kinds[head])) for head in sorted(members)]


def _find(leader: dict[UUID, UUID], one: UUID) -> UUID:
    while (above := leader.setdefault(one, one)) != one:
        leader[one] = leader[above]
        one = above
    return one
