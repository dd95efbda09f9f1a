"""Booking settings of a provider."""

from fastapi import APIRouter, Depends

from bookings.dependencies import Provider, ProviderSettingsDep, limit_provider
from bookings.schemas.requests import AddressBody
from bookings.schemas.settings import (
    BookingPreferencesBody,
    BookingPreferencesView,
    PolicyBody,
    PolicyView,
    ProviderSettingsView,
)
from kit.http import API

router = APIRouter(prefix=f"{API}/bookings/settings", tags=["bookings"])
_WRITES = [Depends(limit_provider)]


@router.get("")
async def read_booking_settings(
    provider: Provider, service: ProviderSettingsDep
) -> ProviderSettingsView:
    """Return the provider's buffers, questions, extras, policy and address."""
    return ProviderSettingsView.from_domain(
        service.get(provider.user_id), service.address(provider.user_id)
    )


@router.put("/preferences", dependencies=_WRITES)
async def update_booking_preferences(
    body: BookingPreferencesBody, provider: Provider, service: ProviderSettingsDep
) -> BookingPreferencesView:
    """Replace buffers, questions and extras; existing bookings keep theirs."""
    saved = service.save_settings(provider.user_id, body.to_settings())
    return BookingPreferencesView.from_domain(saved.settings)


@router.put("/policy", dependencies=_WRITES)
async def update_booking_policy(
    body: PolicyBody, provider: Provider, service: ProviderSettingsDep
) -> PolicyView:
    """Store a new version of the policy unless it is unchanged; existing bookings keep theirs."""
    return PolicyView.from_domain(service.save_policy(provider.user_id, body.to_policy()).policy)


@router.put("/address", status_code=204, dependencies=_WRITES)
async def update_booking_address(
    body: AddressBody, provider: Provider, service: ProviderSettingsDep
) -> None:
    """Store the incall address encrypted; clients see it while a confirmed incall is ahead."""
    service.save_address(provider.user_id, body.address)
