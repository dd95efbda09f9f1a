"""Booking settings of a provider: read and change."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from bookings.domain.policy import Policy, validate_policy
from bookings.domain.settings import BookingSettings, ProviderSettings, validate_settings
from bookings.domain.text_limits import MAX_ADDRESS, clean_text
from bookings.repository import DirectoryRepository, EncryptedFields, ProviderRepository
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import NotFound
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class ProviderSettingsService:
    """A provider's own booking settings and policy, on one transaction."""

    work: UnitOfWork
    envelope: Envelope
    now: Clock

    def get(self, user_id: UUID) -> ProviderSettings:
        """Return the saved settings, or the platform defaults."""
        # By the open profile: an account with a closed profile and a new one has settings of both.
        profile = DirectoryRepository(self.work).by_user(user_id)
        if profile is None:
            raise NotFound("no-profile", _("Create a profile first."))
        saved = ProviderRepository(self.work).by_id(profile.profile_id)
        return saved or ProviderSettings(profile.profile_id, user_id)

    def address(self, user_id: UUID) -> str:
        """Return the decrypted incall address."""
        provider = self.get(user_id)
        sealed = ProviderRepository(self.work).address(provider.profile_id)
        private = EncryptedFields(self.work, self.envelope)
        return private.open_address(provider.profile_id, sealed) if sealed else ""

    def save_settings(self, user_id: UUID, preferences: BookingSettings) -> ProviderSettings:
        """Replace buffers, questions and extras; existing bookings keep theirs."""
        return self.change_settings(user_id, lambda _: preferences)

    def change_settings(
        self, user_id: UUID, change: Callable[[BookingSettings], BookingSettings]
    ) -> ProviderSettings:
        """Change a part of the settings without undoing concurrent changes of other parts."""
        provider = self._lock(user_id)
        validated = validate_settings(change(provider.settings))
        ProviderRepository(self.work).save_settings(provider.profile_id, validated, self.now())
        return replace(provider, settings=validated)

    def save_policy(self, user_id: UUID, policy: Policy) -> ProviderSettings:
        """Store a new version of the policy unless it is unchanged; existing bookings keep theirs."""
        provider = self._lock(user_id)
        current = provider.policy
        revised = replace(validate_policy(policy), version=current.version)
        if revised == current:
            return provider
        stored = replace(revised, version=current.version + 1)
        ProviderRepository(self.work).add_policy(provider.profile_id, stored, self.now())
        return replace(provider, policy=stored)

    def save_address(self, user_id: UUID, text: str) -> None:
        """Store the incall address encrypted; an empty text deletes it."""
        text = clean_text(text, MAX_ADDRESS, "address", "address-too-long")
        provider = self._lock(user_id)
        private = EncryptedFields(self.work, self.envelope)
        sealed = private.seal_address(provider.profile_id, text) if text else None
        ProviderRepository(self.work).save_address(provider.profile_id, sealed, self.now())

    def _lock(self, user_id: UUID) -> ProviderSettings:
        provider, providers = self.get(user_id), ProviderRepository(self.work)
        providers.ensure(provider.profile_id, user_id, self.now())
        providers.lock(provider.profile_id)
        return providers.by_id(provider.profile_id) or provider
