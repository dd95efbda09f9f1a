"""Whom a page is about: profiles by their address, their rate cards, and what they say."""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.pricing import Rate
from bookings.domain.settings import Provider
from bookings.repository import Directory, Providers
from bookings.repository.directory import Profile
from kit.db import UnitOfWork
from kit.errors import Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class Profiles:
    """Profiles as bookings know them, on one transaction."""

    work: UnitOfWork

    def asked(self, slug: str, client_id: UUID) -> Profile:
        """Return a profile that takes requests of this client."""
        profile = self.public(slug)
        if profile.user_id == client_id:
            raise Forbidden("own-profile", "This is your own profile.")
        return profile

    def public(self, slug: str) -> Profile:
        """Return a profile that takes requests."""
        profile = Directory(self.work).by_slug(slug)
        if profile is None or not profile.public:
            raise NotFound("no-such-profile", "There is no such profile.")
        return profile

    def own(self, user_id: UUID) -> Profile | None:
        """Return somebody's own profile, public or not."""
        return Directory(self.work).by_user(user_id)

    def by_id(self, escort_id: UUID) -> Profile | None:
        """Return a profile that is not closed, public or not."""
        return Directory(self.work).profile(escort_id)

    def rate_card(self, profile: Profile) -> list[Rate]:
        """Return what she offers at which price."""
        return Directory(self.work).rate_card(profile.escort_id)

    def rules(self, escort_id: UUID, user_id: UUID) -> Provider:
        """Return what she says about being booked, or what the house says in her place."""
        return Providers(self.work).by_id(escort_id) or Provider(escort_id, user_id)
