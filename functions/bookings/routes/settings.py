"""What a provider says about being booked."""

from fastapi import APIRouter, Depends

from bookings.dependencies import Provider, ProvidersRules, limit_provider
from bookings.schemas.requests import AddressBody
from bookings.schemas.settings import (
    BookingPreferencesBody,
    BookingPreferencesView,
    BookingSettings,
    PolicyBody,
    PolicyView,
)
from kit.http import API

router = APIRouter(prefix=f"{API}/bookings/settings", tags=["bookings"])
_WRITES = [Depends(limit_provider)]


@router.get("")
async def read_booking_settings(provider: Provider, rules: ProvidersRules) -> BookingSettings:
    """Return one's times, questions, extras, policy and address."""
    return BookingSettings.of(rules.read(provider.user_id), rules.address(provider.user_id))


@router.put("/preferences", dependencies=_WRITES)
async def update_booking_preferences(
    body: BookingPreferencesBody, provider: Provider, rules: ProvidersRules
) -> BookingPreferencesView:
    """Replace times, questions and extras; bookings that exist keep theirs."""
    saved = rules.save_preferences(provider.user_id, body.to_preferences())
    return BookingPreferencesView.of(saved.preferences)


@router.put("/policy", dependencies=_WRITES)
async def update_booking_policy(
    body: PolicyBody, provider: Provider, rules: ProvidersRules
) -> PolicyView:
    """Write a new version of the policy, unless it says the same; bookings keep theirs."""
    return PolicyView.of(rules.save_policy(provider.user_id, body.to_policy()).policy)


@router.put("/address", status_code=204, dependencies=_WRITES)
async def update_booking_address(
    body: AddressBody, provider: Provider, rules: ProvidersRules
) -> None:
    """Keep where clients come to, sealed; they read it while a confirmed incall is ahead."""
    rules.save_address(provider.user_id, body.address)
