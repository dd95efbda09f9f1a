"""Public reads of the directory, in a database role that can read public rows only."""

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
    """Public reads of the directory, created by `public_directory`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def by_id(self, profile_id: UUID) -> PublicProfile | None:
        """Return the profile, if it is public."""
        row = self._work.execute(f"{_PROFILE} WHERE id = %s", (profile_id,)).fetchone()
        return to_public(row) if row else None

    def by_slug(self, slug: str) -> PublicProfile | None:
        """Return the profile with this slug, if it is public."""
        row = self._work.execute(f"{_PROFILE} WHERE slug = %s", (slug,)).fetchone()
        return to_public(row) if row else None

    def current_slug(self, slug: str) -> str | None:
        """Return the current slug of the public profile that had this slug before."""
        row = self._work.execute(
            "SELECT current_slug FROM escorts.public_slugs_v1 WHERE slug = %s", (slug,)
        ).fetchone()
        return row["current_slug"] if row else None

    def is_public(self, profile_id: UUID) -> bool:
        """Tell whether the profile is public now."""
        row = self._work.execute(
            "SELECT FROM escorts.public_profiles_v1 WHERE id = %s", (profile_id,)
        ).fetchone()
        return row is not None

    def cities(self) -> list[City]:
        """Return every city of the directory, by name."""
        return [City(**row) for row in self._work.execute(_CITIES)]

    def profile_counts(self) -> dict[str, int]:
        """Return the number of public profiles per city; cities without any are absent."""
        rows = self._work.execute(
            "SELECT city, count(*) AS profiles FROM escorts.public_profiles_v1 GROUP BY city"
        )
        return {row["city"]: row["profiles"] for row in rows}


@contextmanager
def public_directory(work: UnitOfWork) -> Iterator[Directory]:
    """Yield the directory in the database role of the public.

    The role can select from the public views only, so that SQL that bypasses them fails. If the block
    raises, the role is not reset, since the transaction ends anyway.
    """
    work.execute("SET LOCAL ROLE escorts_public")
    yield Directory(work)
    work.execute("SET LOCAL ROLE NONE")
