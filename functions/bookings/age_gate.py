"""Age gate in front of the public views of a provider's time and prices."""

from fastapi import Depends, Request, Response

from bookings.dependencies import OptionalUser, Work
from bookings.repository.age_gate import is_exempt
from contracts.age_gate import age_unconfirmed, has_confirmed
from kit.context import viewer_country

VARY = "Cookie, Age-Confirmed"
"""Other request headers that the response depends on, for shared caches outside of our control."""


async def require_visitor_age(request: Request, work: Work) -> None:
    """Refuse until an age is confirmed, unless the law of the viewer's country exempts the site."""
    if not has_confirmed(request.cookies, request.headers) and not is_exempt(
        work, viewer_country(request)
    ):
        raise age_unconfirmed()


async def require_client_age(
    request: Request, response: Response, work: Work, user: OptionalUser
) -> None:
    """Apply the age gate to the JSON API; account holders confirmed their age at registration."""
    response.headers["vary"] = VARY
    if user is None:
        await require_visitor_age(request, work)


page_age_gate = Depends(require_visitor_age)
api_age_gate = Depends(require_client_age)
