"""Who wants to hear of which area, and telling them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import CampaignsDep, Slug, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.subscriptions import (
    CampaignPreviewQuery,
    CampaignPreviewView,
    CampaignBody,
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
    """Return wishes to hear of areas, the latest first; those that ended are among them."""
    return SubscriptionPage.from_domain(
        SubscriptionService(unlocked).list(query.to_filter(), query.cursor, query.limit)
    )


@router.get("/audience")
async def preview_campaign(
    query: Annotated[CampaignPreviewQuery, Query()], unlocked: UnlockedDep
) -> CampaignPreviewView:
    """Return who would hear of an area."""
    return CampaignPreviewView.from_domain(SubscriptionService(unlocked).recipients(query.area))


@router.post("/announce", dependencies=_WRITES)
async def send_campaign(body: CampaignBody, announcer: CampaignsDep) -> CampaignResultView:
    """Write to everybody who wants to hear of an area, each with a way to hear no more."""
    return CampaignResultView.from_domain(
        announcer.send(body.announcement_id, body.area, body.message)
    )


@router.post("", status_code=201, dependencies=_WRITES)
async def create_area_subscription(
    body: CreateSubscription, slug: Slug, unlocked: UnlockedDep, response: Response
) -> SubscriptionView:
    """Write down that a client wants to hear of an area."""
    stored = SubscriptionService(unlocked).add(body.client_id, body.to_input(), body.id)
    response.headers["location"] = f"{API}/crm/{slug}/area-notifications/{stored.id}"
    return SubscriptionView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.get("/{consent_id}")
async def read_area_subscription(consent_id: UUID, unlocked: UnlockedDep) -> SubscriptionView:
    """Return one."""
    stored = SubscriptionService(unlocked).get(consent_id)
    return SubscriptionView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.put("/{consent_id}", dependencies=_WRITES)
async def update_area_subscription(
    consent_id: UUID, body: UpdateSubscription, unlocked: UnlockedDep
) -> SubscriptionView:
    """Change one; 412 `changed-meanwhile` where `version` is not the latest."""
    stored = SubscriptionService(unlocked).update(consent_id, body.version, body.to_input())
    return SubscriptionView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.post("/{consent_id}/end", dependencies=_WRITES)
async def end_area_subscription(
    consent_id: UUID, body: Unsubscribe, unlocked: UnlockedDep
) -> SubscriptionView:
    """Note that the client wants to hear no more."""
    stored = SubscriptionService(unlocked).unsubscribe(consent_id, body.version)
    return SubscriptionView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.delete("/{consent_id}", status_code=204, dependencies=_WRITES)
async def delete_area_subscription(consent_id: UUID, unlocked: UnlockedDep) -> None:
    """Take one away."""
    SubscriptionService(unlocked).delete(consent_id)
