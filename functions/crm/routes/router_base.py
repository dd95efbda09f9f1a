"""Routers of the API below a book's address."""

from fastapi import APIRouter

from crm.dependencies import PROVIDER_ONLY
from kit.http import API


def crm_router(part: str) -> APIRouter:
    """Return a router for a part of the book, such as `/clients`; each route is behind the room's door."""
    return APIRouter(prefix=f"{API}/crm/{{slug}}{part}", dependencies=[PROVIDER_ONLY], tags=["crm"])
