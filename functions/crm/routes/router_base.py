"""Routers of the API below a book's address."""

from fastapi import APIRouter

from crm.dependencies import OWNER
from kit.http import API


def book_router(part: str) -> APIRouter:
    """Return a router for a part of the book, such as `/clients`; each route is behind the room's door."""
    return APIRouter(prefix=f"{API}/crm/{{slug}}{part}", dependencies=[OWNER], tags=["crm"])
