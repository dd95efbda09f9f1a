"""Public reads of the directory besides search: cities and single profiles."""

from dataclasses import dataclass
from uuid import UUID

from escorts.domain.appearance import Appearance
from escorts.domain.profiles import City, PublicProfile
from escorts.domain.slugs import is_slug
from escorts.repository import public_directory
from escorts.repository.appearance import Appearances
from kit.db import UnitOfWork
from kit.errors import NotFound
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class CityCount:
    """City with the number of its public profiles."""

    city: City
    profiles: int


@dataclass(frozen=True, slots=True)
class SlugRedirect:
    """Redirect to the current slug of a profile."""

    slug: str


@dataclass(frozen=True, slots=True)
class PublicProfiles:
    """Public reads of the directory, on one transaction."""

    work: UnitOfWork

    def list_cities(self) -> list[CityCount]:
        """Return the cities in which the directory may list profiles."""
        with public_directory(self.work) as directory:
            counts = directory.profile_counts()
            cities = directory.cities()
        return [CityCount(city, counts.get(city.slug, 0)) for city in cities if city.listed]

    def get_with_redirect(self, id_or_slug: str) -> PublicProfile | SlugRedirect:
        """Return the public profile, or a redirect to its current slug; otherwise raise `NotFound`."""
        with public_directory(self.work) as directory:
            profile_id = parse_id(id_or_slug)
            if profile_id is not None:
                profile = directory.by_id(profile_id)
                moved = None
            elif is_slug(id_or_slug):
                profile = directory.by_slug(id_or_slug)
                moved = None if profile else directory.current_slug(id_or_slug)
            else:
                profile = moved = None
        if profile is not None:
            return profile
        if moved is not None:
            return SlugRedirect(moved)
        raise profile_not_found()

    def get_appearance(self, profile: PublicProfile) -> Appearance:
        """Return the appearance of the profile's page."""
        with public_directory(self.work):
            return Appearances(self.work).get_public(profile.id)


def parse_id(text: str) -> UUID | None:
    """Return the id if `text` is a UUID in canonical form, else None."""
    try:
        value = UUID(text)
    except ValueError:
        return None
    return value if str(value) == text.lower() else None


def profile_not_found() -> NotFound:
    """Return the error for a profile that does not exist or is not public, without a difference."""
    return NotFound("no-such-profile", _("There is no such profile."))
