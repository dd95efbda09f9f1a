"""Profiles of the pages: by address, with rate card and booking settings."""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.pricing import Rate
from bookings.domain.settings import ProviderSettings
from bookings.repository import DirectoryRepository, ProviderRepository
from bookings.repository.directory import Profile
from kit.db import UnitOfWork
from kit.errors import Forbidden, NotFound
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class ProfileLookup:
    """Lookup of profiles, on one transaction."""

    work: UnitOfWork

    def bookable(self, slug: str, client_id: UUID) -> Profile:
        """Return a profile that takes requests of this client."""
        profile = self.public(slug)
        if profile.user_id == client_id:
            raise Forbidden("own-profile", _("This is your own profile."))
        return profile

    def public(self, slug: str) -> Profile:
        """Return a profile that takes requests."""
        profile = DirectoryRepository(self.work).by_slug(slug)
        if profile is None or not profile.public:
            raise NotFound("no-such-profile", _("There is no such profile."))
        return profile

    def own(self, user_id: UUID) -> Profile | None:
        """Return the account's open profile, public or not."""
        return DirectoryRepository(self.work).by_user(user_id)

    def by_id(self, profile_id: UUID) -> Profile | None:
        """Return a profile that is not closed, public or not."""
        return DirectoryRepository(self.work).by_id(profile_id)

    def rate_card(self, profile: Profile) -> list[Rate]:
        """Return the rate card of a profile."""
        return DirectoryRepository(self.work).rate_card(profile.profile_id)

    def settings_for(self, profile_id: UUID, user_id: UUID) -> ProviderSettings:
        """Return the provider's booking settings, or the platform defaults."""
        return ProviderRepository(self.work).by_id(profile_id) or ProviderSettings(
            profile_id, user_id
        )
