"""What a visitor does besides searching: choose a city, open a profile."""

from dataclasses import dataclass
from uuid import UUID

from escorts.domain.appearance import Appearance
from escorts.domain.profiles import City, PublicProfile
from escorts.domain.slugs import is_slug
from escorts.repository import public_directory
from escorts.repository.appearance import Appearances
from kit.db import UnitOfWork
from kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class CityCount:
    """A city and how many may be found there."""

    city: City
    profiles: int

    @property
    def said(self) -> str:
        """How people read it."""
        return str(self.profiles)


@dataclass(frozen=True, slots=True)
class MovedTo:
    """The profile has another address now."""

    slug: str


@dataclass(frozen=True, slots=True)
class Browsing:
    """The public side of the directory, on one transaction."""

    work: UnitOfWork

    def cities(self) -> list[CityCount]:
        """Return the cities where the directory may list somebody."""
        with public_directory(self.work) as directory:
            counts = directory.counts()
            cities = directory.cities()
        return [CityCount(city, counts.get(city.slug, 0)) for city in cities if city.listed]

    def find(self, id_or_slug: str) -> PublicProfile | MovedTo:
        """Return the public profile, or where it is now; anything else does not exist."""
        with public_directory(self.work) as directory:
            profile_id = as_id(id_or_slug)
            if profile_id is not None:
                profile = directory.by_id(profile_id)
                moved = None
            elif is_slug(id_or_slug):
                profile = directory.by_slug(id_or_slug)
                moved = None if profile else directory.moved_to(id_or_slug)
            else:
                profile = moved = None
        if profile is not None:
            return profile
        if moved is not None:
            return MovedTo(moved)
        raise no_such_profile()

    def look(self, profile: PublicProfile) -> Appearance:
        """Return how the profile's page looks."""
        with public_directory(self.work):
            return Appearances(self.work).get_public(profile.id)


def as_id(text: str) -> UUID | None:
    """Return the id that `text` is in its usual form, if it is one."""
    try:
        value = UUID(text)
    except ValueError:
        return None
    return value if str(value) == text.lower() else None


def no_such_profile() -> NotFound:
    """Return the one answer for a profile that is not there and for one that is not public."""
    return NotFound("no-such-profile", "There is no such profile.")
