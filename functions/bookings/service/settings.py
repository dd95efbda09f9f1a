"""What a provider says about being booked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from bookings.domain import policy as policies
from bookings.domain import settings as wishes
from bookings.domain.policy import Policy
from bookings.domain.settings import Preferences, Provider
from bookings.domain.text_limits import LONGEST_ADDRESS, written
from bookings.repository import Directory, PrivateParts, Providers
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class OwnRules:
    """A provider's own rules, on one transaction."""

    work: UnitOfWork
    envelope: Envelope
    now: Clock

    def read(self, user_id: UUID) -> Provider:
        """Return what she says, or what the house says in her place."""
        # By the open profile: whoever has closed one and begun another has rules of both.
        profile = Directory(self.work).by_user(user_id)
        if profile is None:
            raise NotFound("no-profile", "Begin a profile first.")
        known = Providers(self.work).by_id(profile.escort_id)
        return known or Provider(profile.escort_id, user_id)

    def address(self, user_id: UUID) -> str:
        """Return where her clients come to."""
        provider = self.read(user_id)
        sealed = Providers(self.work).address(provider.escort_id)
        private = PrivateParts(self.work, self.envelope)
        return private.open_address(provider.escort_id, sealed) if sealed else ""

    def save_preferences(self, user_id: UUID, preferences: Preferences) -> Provider:
        """Replace times, questions and extras; bookings that exist keep theirs."""
        return self.change_preferences(user_id, lambda _: preferences)

    def change_preferences(
        self, user_id: UUID, change: Callable[[Preferences], Preferences]
    ) -> Provider:
        """Replace a part of them, whatever somebody else has changed in the meantime."""
        provider = self._mine(user_id)
        kept = wishes.checked(change(provider.preferences))
        Providers(self.work).save_preferences(provider.escort_id, kept, self.now())
        return replace(provider, preferences=kept)

    def save_policy(self, user_id: UUID, policy: Policy) -> Provider:
        """Write a new version of the policy, unless it says the same; bookings keep theirs."""
        provider = self._mine(user_id)
        current = provider.policy
        wanted = replace(policies.checked(policy), version=current.version)
        if wanted == current:
            return provider
        written = replace(wanted, version=current.version + 1)
        Providers(self.work).add_policy(provider.escort_id, written, self.now())
        return replace(provider, policy=written)

    def save_address(self, user_id: UUID, text: str) -> None:
        """Keep where her clients come to, sealed; an empty text takes it away."""
        text = written(text, LONGEST_ADDRESS, "address", "address-too-long")
        provider = self._mine(user_id)
        private = PrivateParts(self.work, self.envelope)
        sealed = private.seal_address(provider.escort_id, text) if text else None
        Providers(self.work).save_address(provider.escort_id, sealed, self.now())

    def _mine(self, user_id: UUID) -> Provider:
        provider, providers = self.read(user_id), Providers(self.work)
        providers.ensure(provider.escort_id, user_id, self.now())
        providers.lock(provider.escort_id)
        return providers.by_id(provider.escort_id) or provider
