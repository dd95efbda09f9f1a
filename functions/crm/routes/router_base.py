"""Router base of the CRM API."""

from fastapi import APIRouter

from crm.dependencies import PROVIDER_ONLY
from kit.http import API


def crm_router(part: str) -> APIRouter:
    """Return a router for a resource of the workspace, such as `/clients`, with the access check on each route."""
    return APIRouter(prefix=f"{API}/crm/{{slug}}{part}", dependencies=[PROVIDER_ONLY], tags=["crm"])
