"""Every address that a profile has or had, whatever its state."""

from collections.abc import Callable, Sequence
from uuid import UUID

from kit.db import UnitOfWork

type AddressesOf = Callable[[UUID], Sequence[str]]


def addresses_in(work: UnitOfWork) -> AddressesOf:
    """Return what reads a profile's slugs on this transaction."""

    def read(profile_id: UUID) -> list[str]:
        rows = work.execute(
            "SELECT slug FROM escorts.slugs WHERE profile_id = %s ORDER BY slug", (profile_id,)
        )
        return [row["slug"] for row in rows]

    return read
