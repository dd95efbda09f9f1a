"""What a client keeps. Nobody else ever sees it: not the profile's owner, not staff."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from escorts.dependencies import AccountOwner, FavouritesDep, SavedSearchesDep, limit_saving
from escorts.schemas.saved_items import (
    FavouritesQuery,
    FavouritesView,
    SavedSearchBody,
    SavedSearchesView,
    SavedSearchView,
)
from kit.http import API

router = APIRouter(prefix=f"{API}/escorts", tags=["saved"])


@router.get("/favourites")
async def list_favourites(
    query: Annotated[FavouritesQuery, Query()], _: AccountOwner, favourites: FavouritesDep
) -> FavouritesView:
    """Return one's favourites, newest first. Who is not public now is not there."""
    return FavouritesView.from_domain(favourites.list_page(query.cursor, query.limit))


@router.put("/{profile_id}/favourite", status_code=204, dependencies=[Depends(limit_saving)])
async def add_favourite(profile_id: UUID, _: AccountOwner, favourites: FavouritesDep) -> None:
    """Keep a profile; again is no error."""
    favourites.add(profile_id)


@router.delete("/{profile_id}/favourite", status_code=204, dependencies=[Depends(limit_saving)])
async def remove_favourite(profile_id: UUID, _: AccountOwner, favourites: FavouritesDep) -> None:
    """Keep a profile no longer; again is no error."""
    favourites.remove(profile_id)


@router.get("/saved-searches")
async def list_saved_searches(_: AccountOwner, searches: SavedSearchesDep) -> SavedSearchesView:
    """Return one's saved searches and what each found last."""
    items = [SavedSearchView.from_domain(search, news) for search, news in searches.list_all()]
    return SavedSearchesView(items=items)


@router.post("/saved-searches", status_code=201, dependencies=[Depends(limit_saving)])
async def add_saved_search(
    body: SavedSearchBody, _: AccountOwner, searches: SavedSearchesDep
) -> SavedSearchView:
    """Save a search. With `mail`, its owner agrees to be written to about this one."""
    return SavedSearchView.from_domain(searches.add(body.to_input()))


@router.put("/saved-searches/{search_id}", dependencies=[Depends(limit_saving)])
async def update_saved_search(
    search_id: UUID, body: SavedSearchBody, _: AccountOwner, searches: SavedSearchesDep
) -> SavedSearchView:
    """Change a saved search. Another query counts newcomers from now on."""
    return SavedSearchView.from_domain(searches.update(search_id, body.to_input()))


@router.delete("/saved-searches/{search_id}", status_code=204, dependencies=[Depends(limit_saving)])
async def remove_saved_search(search_id: UUID, _: AccountOwner, searches: SavedSearchesDep) -> None:
    """Forget a saved search."""
    searches.delete(search_id)
