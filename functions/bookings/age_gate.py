"""The age gate before what everybody may see of a provider's time and prices."""

from fastapi import Depends, Request, Response

from bookings.dependencies import Anybody, Work
from bookings.repository.age_gate import is_ungated
from contracts.age_gate import age_unconfirmed, has_confirmed
from kit.context import viewer_country

VARY = "Cookie, Age-Confirmed"
"""What else decides about an answer, said to caches on the way that are not ours."""


async def ask_visitors(request: Request, work: Work) -> None:
    """Refuse until an age is confirmed, unless the law where the viewer is asks for nothing."""
    if not has_confirmed(request.cookies, request.headers) and not is_ungated(
        work, viewer_country(request)
    ):
        raise age_unconfirmed()


async def ask_clients(request: Request, response: Response, work: Work, somebody: Anybody) -> None:
    """Do the same for the JSON API; who has an account said so when opening it."""
    response.headers["vary"] = VARY
    if somebody is None:
        await ask_visitors(request, work)


pages_for_adults = Depends(ask_visitors)
api_for_adults = Depends(ask_clients)
