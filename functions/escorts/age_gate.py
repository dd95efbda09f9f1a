"""Age gate as a route dependency: declare `PAGE_AGE_GATE` or `API_AGE_GATE` on public routes."""

from fastapi import Depends, Request, Response

from contracts.age_gate import age_unconfirmed, has_confirmed
from escorts.dependencies import OptionalUser, UnitOfWorkDep
from escorts.repository.jurisdictions import Jurisdictions
from kit.context import viewer_country

EXEMPT_CAPABILITY = "directory.ungated"
VARY = "Cookie, Age-Confirmed"
"""Request headers besides the URL that decide about the answer, for caches outside the CDN."""


async def require_confirmed_age(request: Request, work: UnitOfWorkDep) -> None:
    """Refuse the request until an age is confirmed, unless the law of the viewer's country requires none.

    An unknown country counts as one that requires the confirmation. Only the cookie or header counts, not the
    session:
    public pages are the same for every visitor, and the CDN does not forward the session.
    """
    if has_confirmed(request.cookies, request.headers):
        return
    country = viewer_country(request)
    if not country or not Jurisdictions(work).allows(country, EXEMPT_CAPABILITY):
        raise age_unconfirmed()


async def require_confirmed_age_or_account(
    request: Request, response: Response, work: UnitOfWorkDep, user: OptionalUser
) -> None:
    """Require a confirmed age for the JSON API; an account holder confirmed it when signing up."""
    response.headers["vary"] = VARY
    if user is None:
        await require_confirmed_age(request, work)


PAGE_AGE_GATE = Depends(require_confirmed_age)
API_AGE_GATE = Depends(require_confirmed_age_or_account)
