"""Unsubscribe page, reached by the link in a campaign e-mail."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from crm.dependencies import UnitOfWorkDep
from crm.pages.context import pages
from crm.service.subscriptions import unsubscribe_by_link
from kit import clock
from kit.auth import public

router = APIRouter(prefix="/unsubscribe", include_in_schema=False)
type LinkToken = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{48}$")]


@router.get("/{token}", dependencies=[public()])
async def unsubscribe_page(request: Request, token: LinkToken) -> HTMLResponse:
    """Ask for confirmation: a GET, as of a link scanner, unsubscribes nothing."""
    return pages.render(request, "unsubscribe.html", token=token, is_unsubscribed=False)


@router.post("/{token}", dependencies=[public()])
async def unsubscribe(request: Request, token: LinkToken, work: UnitOfWorkDep) -> HTMLResponse:
    """Unsubscribe the recipient, at the request of a person or a mail program (RFC 8058), ignoring the body."""
    unsubscribe_by_link(work, token, clock.now())
    return pages.render(request, "unsubscribe.html", token=token, is_unsubscribed=True)
