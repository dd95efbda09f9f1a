"""What the public may see: every read goes through the gate, as a role that sees nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from escorts.domain.profiles import City, PublicProfile
from escorts.repository.mappers import to_public
from kit.db import UnitOfWork

_PROFILE = """
SELECT id, slug, name, age, city, city_name, country, zone, bio, height_cm, weight_kg,
    measurements, hair_color, eye_color, ethnicity, languages, services, rates, locations,
    availability, verified_at, updated_at, public_until
FROM escorts.public_profiles_v1
"""
_CITIES = """
SELECT c.slug, c.name, c.country, c.zone, c.currency, c.latitude, c.longitude,
    EXISTS (SELECT FROM escorts.city_capabilities_v1 k
            WHERE k.city = c.slug AND k.capability = 'directory.listing') AS listed
FROM escorts.cities c ORDER BY c.name
"""


class Directory:
    """Public reads; make one with `public_directory`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def by_id(self, profile_id: UUID) -> PublicProfile | None:
        """Return the profile, if it is public."""
        row = self._work.execute(f"{_PROFILE} WHERE id = %s", (profile_id,)).fetchone()
        return to_public(row) if row else None

    def by_slug(self, slug: str) -> PublicProfile | None:
        """Return the profile at this address, if it is public."""
        row = self._work.execute(f"{_PROFILE} WHERE slug = %s", (slug,)).fetchone()
        return to_public(row) if row else None

    def moved_to(self, slug: str) -> str | None:
        """Return where the public profile that was at this address is now."""
        row = self._work.execute(
            "SELECT current_slug FROM escorts.public_slugs_v1 WHERE slug = %s", (slug,)
        ).fetchone()
        return row["current_slug"] if row else None

    def is_public(self, profile_id: UUID) -> bool:
        """Tell whether the gate lets the profile through at this moment."""
        row = self._work.execute(
            "SELECT FROM escorts.public_profiles_v1 WHERE id = %s", (profile_id,)
        ).fetchone()
        return row is not None

    def cities(self) -> list[City]:
        """Return every city of the directory, by name."""
        return [City(**row) for row in self._work.execute(_CITIES)]

    def counts(self) -> dict[str, int]:
        """Return how many public profiles each city has; a city without any is absent."""
        rows = self._work.execute(
            "SELECT city, count(*) AS profiles FROM escorts.public_profiles_v1 GROUP BY city"
        )
        return {row["city"]: row["profiles"] for row in rows}


@contextmanager
def public_directory(work: UnitOfWork) -> Iterator[Directory]:
    """Yield the directory as the public sees it.

    The transaction's role can select from the gate and nothing else, so SQL that goes around it
    fails. It stays that way if the block fails: the transaction is over then anyhow.
    """
    work.execute("SET LOCAL ROLE escorts_public")
    yield Directory(work)
    work.execute("SET LOCAL ROLE NONE")
