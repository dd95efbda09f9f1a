"""What a provider does in her own room beyond her profile's content: its address and its look."""

from dataclasses import dataclass
from uuid import UUID

from escorts.domain.appearance import Appearance
from escorts.domain.profiles import Profile
from escorts.repository.appearance import Appearances
from escorts.service.my_profile import Provider
from escorts.service.public_profiles import profile_not_found


@dataclass(frozen=True, slots=True)
class Room:
    """The use cases of the room, on one transaction."""

    provider: Provider
    appearances: Appearances

    def enter(self, user_id: UUID, slug: str) -> Profile:
        """Return the user's profile if `slug` is or was its address; else there is no such room."""
        profile = self.provider.profiles.by_user(user_id)
        if profile is None or not self.provider.profiles.holds_slug(profile.id, slug):
            raise profile_not_found()
        self.provider.profiles.seen(profile.id, self.provider.now())
        return profile

    def rename(self, user_id: UUID, profile_id: UUID, version: int, slug: str) -> Profile:
        """Move the profile to another address; the old one keeps leading to it."""
        profile = self.provider.own(user_id, profile_id)
        return self.provider.update(user_id, profile_id, version, profile.content, slug=slug)

    def appearance(self, user_id: UUID, profile_id: UUID) -> Appearance:
        """Return how the profile looks."""
        return self.appearances.of(self.provider.own(user_id, profile_id).id)

    def dress(self, user_id: UUID, profile_id: UUID, appearance: Appearance) -> Appearance:
        """Choose how the profile looks; copies of the page learn that it is another."""
        profile = self.provider.own(user_id, profile_id)
        self.appearances.save(profile_id, appearance, self.provider.now())
        self.provider.publisher.updated(profile_id, profile.version)
        return appearance
