"""The age gate as a dependency: `pages_for_adults` and `api_for_adults` stand on public routes."""

from fastapi import Depends, Request, Response

from contracts.age_gate import age_unconfirmed, has_confirmed
from escorts.dependencies import OptionalUser, Work
from escorts.repository.jurisdictions import Jurisdictions
from kit.context import viewer_country

EXEMPT_CAPABILITY = "directory.ungated"
VARY = "Cookie, Age-Confirmed"
"""What else decides about an answer, said to caches on the way that are not ours."""


async def require_confirmed_age(request: Request, work: Work) -> None:
    """Refuse until an age is confirmed, unless the law where the viewer is asks for nothing.

    Where that is unknown, it asks. Only the cookie counts here, not who is signed in: public pages
    are the same for everybody, and the edge does not even tell us.
    """
    if has_confirmed(request.cookies, request.headers):
        return
    country = viewer_country(request)
    if not country or not Jurisdictions(work).allows(country, EXEMPT_CAPABILITY):
        raise age_unconfirmed()


async def require_confirmed_age_or_account(
    request: Request, response: Response, work: Work, user: OptionalUser
) -> None:
    """Do the same for the JSON API; who has an account said so when opening it."""
    response.headers["vary"] = VARY
    if user is None:
        await require_confirmed_age(request, work)


PAGE_AGE_GATE = Depends(require_confirmed_age)
API_AGE_GATE = Depends(require_confirmed_age_or_account)
