"""Base of the API routers below a workspace's address."""

from fastapi import APIRouter

from crm.dependencies import PROVIDER_ONLY
from kit.http import API


def crm_router(part: str) -> APIRouter:
    """Return a router for a part of the workspace, such as `/clients`; each route requires a CRM session."""
    return APIRouter(prefix=f"{API}/crm/{{slug}}{part}", dependencies=[PROVIDER_ONLY], tags=["crm"])
