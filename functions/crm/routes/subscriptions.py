"""Area subscriptions and campaigns, as the API serves them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import CampaignsDep, Slug, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.subscriptions import (
    CampaignBody,
    CampaignPreviewQuery,
    CampaignPreviewView,
    CampaignResultView,
    CreateSubscription,
    SubscriptionPage,
    SubscriptionsQuery,
    SubscriptionView,
    Unsubscribe,
    UpdateSubscription,
)
from crm.service.records import name_of
from crm.service.subscriptions import SubscriptionService
from kit.http import API

router = crm_router("/area-notifications")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_area_subscriptions(
    query: Annotated[SubscriptionsQuery, Query()], unlocked: UnlockedDep
) -> SubscriptionPage:
    """Return area subscriptions, the latest first, including ended ones."""
    return SubscriptionPage.from_domain(
        SubscriptionService(unlocked).list(query.to_filter(), query.cursor, query.limit)
    )


@router.get("/audience")
async def preview_campaign(
    query: Annotated[CampaignPreviewQuery, Query()], unlocked: UnlockedDep
) -> CampaignPreviewView:
    """Return the recipients of a campaign in an area."""
    return CampaignPreviewView.from_domain(SubscriptionService(unlocked).recipients(query.area))


@router.post("/announce", dependencies=_WRITES)
async def send_campaign(body: CampaignBody, campaigns: CampaignsDep) -> CampaignResultView:
    """Send an e-mail to every subscriber of an area, each with an unsubscribe link."""
    return CampaignResultView.from_domain(
        campaigns.send(body.announcement_id, body.area, body.message)
    )


@router.post("", status_code=201, dependencies=_WRITES)
async def create_area_subscription(
    body: CreateSubscription, slug: Slug, unlocked: UnlockedDep, response: Response
) -> SubscriptionView:
    """Add a subscription of a client to an area."""
    stored = SubscriptionService(unlocked).add(body.client_id, body.to_input(), body.id)
    response.headers["location"] = f"{API}/crm/{slug}/area-notifications/{stored.id}"
    return SubscriptionView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.get("/{subscription_id}")
async def read_area_subscription(subscription_id: UUID, unlocked: UnlockedDep) -> SubscriptionView:
    """Return one subscription."""
    stored = SubscriptionService(unlocked).get(subscription_id)
    return SubscriptionView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.put("/{subscription_id}", dependencies=_WRITES)
async def update_area_subscription(
    subscription_id: UUID, body: UpdateSubscription, unlocked: UnlockedDep
) -> SubscriptionView:
    """Update a subscription; 412 `changed-meanwhile` if `version` is not the latest."""
    stored = SubscriptionService(unlocked).update(subscription_id, body.version, body.to_input())
    return SubscriptionView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.post("/{subscription_id}/end", dependencies=_WRITES)
async def end_area_subscription(
    subscription_id: UUID, body: Unsubscribe, unlocked: UnlockedDep
) -> SubscriptionView:
    """End a subscription for the client."""
    stored = SubscriptionService(unlocked).unsubscribe(subscription_id, body.version)
    return SubscriptionView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.delete("/{subscription_id}", status_code=204, dependencies=_WRITES)
async def delete_area_subscription(subscription_id: UUID, unlocked: UnlockedDep) -> None:
    """Delete a subscription."""
    SubscriptionService(unlocked).delete(subscription_id)
