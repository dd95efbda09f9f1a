"""Settings of a profile besides its content: slug and appearance."""

from dataclasses import dataclass
from uuid import UUID

from escorts.domain.appearance import Appearance
from escorts.domain.profiles import Profile
from escorts.repository.appearance import Appearances
from escorts.service.my_profile import ProfileService
from escorts.service.public_profiles import profile_not_found


@dataclass(frozen=True, slots=True)
class ProfileSettingsService:
    """Service for a profile's slug and appearance, on one transaction."""

    profile_service: ProfileService
    appearances: Appearances

    def require_owner(self, user_id: UUID, slug: str) -> Profile:
        """Return the user's profile if `slug` is or was its slug; otherwise raise NotFound."""
        profile = self.profile_service.profiles.by_user(user_id)
        if profile is None or not self.profile_service.profiles.holds_slug(profile.id, slug):
            raise profile_not_found()
        self.profile_service.profiles.record_activity(profile.id, self.profile_service.now())
        return profile

    def change_slug(self, user_id: UUID, profile_id: UUID, version: int, slug: str) -> Profile:
        """Change the profile's slug; the old one redirects to the new one."""
        profile = self.profile_service.get_own_for_update(user_id, profile_id)
        return self.profile_service.update(user_id, profile_id, version, profile.content, slug=slug)

    def get_appearance(self, user_id: UUID, profile_id: UUID) -> Appearance:
        """Return the profile's appearance."""
        return self.appearances.get(self.profile_service.get_own_for_update(user_id, profile_id).id)

    def set_appearance(self, user_id: UUID, profile_id: UUID, appearance: Appearance) -> Appearance:
        """Set the profile's appearance and invalidate cached copies of its page."""
        profile = self.profile_service.get_own_for_update(user_id, profile_id)
        self.appearances.save(profile_id, appearance, self.profile_service.now())
        self.profile_service.events.emit_updated(profile_id, profile.version)
        return appearance
