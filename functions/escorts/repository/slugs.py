"""Current and former slugs of a profile, in any state."""

from collections.abc import Callable, Sequence
from uuid import UUID

from kit.db import UnitOfWork

type SlugReader = Callable[[UUID], Sequence[str]]


def slug_reader(work: UnitOfWork) -> SlugReader:
    """Return a function that reads the slugs of a profile on this transaction."""

    def read(profile_id: UUID) -> list[str]:
        rows = work.execute(
            "SELECT slug FROM escorts.slugs WHERE profile_id = %s ORDER BY slug", (profile_id,)
        )
        return [row["slug"] for row in rows]

    return read
