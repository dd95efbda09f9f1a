"""Search route, under its two paths."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from escorts.age_gate import API_AGE_GATE
from escorts.dependencies import SearchDep
from escorts.schemas.search import SearchQuery
from escorts.schemas.search_results import SearchResultsView
from kit import clock
from kit.auth import public
from kit.http import API, capped_max_age, public_cache_control

LIST_SECONDS, NOW_SECONDS = 300, 60
router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])


@router.get("", dependencies=[public(), API_AGE_GATE])
@router.get("/search", dependencies=[public(), API_AGE_GATE], operation_id="searchEscortsAlias")
async def search_escorts(
    response: Response, query: Annotated[SearchQuery, Query()], search: SearchDep
) -> SearchResultsView:
    """Return the verified companions that match all filters, in the requested order."""
    page = query.to_page()
    results = search.find(query.to_criteria(), page)
    # Results of time filters change as time passes.
    seconds = NOW_SECONDS if query.is_time_dependent else LIST_SECONDS
    until = (item.profile.public_until for item in results.items)
    response.headers["cache-control"] = public_cache_control(
        capped_max_age(seconds, clock.now(), *until)
    )
    return SearchResultsView.from_domain(results, page)
