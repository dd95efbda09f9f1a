"""The age gate as a dependency: `pages_for_adults` and `api_for_adults` stand on public routes."""

from fastapi import Depends, Request, Response

from contracts.age_gate import age_unconfirmed, has_confirmed
from escorts.dependencies import OptionalUser, UnitOfWorkDep
from escorts.repository.jurisdictions import Jurisdictions
from kit.context import viewer_country

UNGATED = "directory.ungated"
VARY = "Cookie, Age-Confirmed"
"""What else decides about an answer, said to caches on the way that are not ours."""


async def ask_visitors(request: Request, work: UnitOfWorkDep) -> None:
    """Refuse until an age is confirmed, unless the law where the viewer is asks for nothing.

    Where that is unknown, it asks. Only the cookie counts here, not who is signed in: public pages
    are the same for everybody, and the edge does not even tell us.
    """
    if has_confirmed(request.cookies, request.headers):
        return
    country = viewer_country(request)
    if not country or not Jurisdictions(work).allows(country, UNGATED):
        raise age_unconfirmed()


async def ask_clients(
    request: Request, response: Response, work: UnitOfWorkDep, somebody: OptionalUser
) -> None:
    """Do the same for the JSON API; who has an account said so when opening it."""
    response.headers["vary"] = VARY
    if somebody is None:
        await ask_visitors(request, work)


pages_for_adults = Depends(ask_visitors)
api_for_adults = Depends(ask_clients)
