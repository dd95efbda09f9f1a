"""Routes of favourites and saved searches; only the client can read them, not even staff."""

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
    """Return the client's favourites, newest first, without profiles that are not public now."""
    return FavouritesView.from_domain(favourites.list_page(query.cursor, query.limit))


@router.put("/{profile_id}/favourite", status_code=204, dependencies=[Depends(limit_saving)])
async def add_favourite(profile_id: UUID, _: AccountOwner, favourites: FavouritesDep) -> None:
    """Add a profile to the favourites; repeating this is no error."""
    favourites.add(profile_id)


@router.delete("/{profile_id}/favourite", status_code=204, dependencies=[Depends(limit_saving)])
async def remove_favourite(profile_id: UUID, _: AccountOwner, favourites: FavouritesDep) -> None:
    """Remove a profile from the favourites; repeating this is no error."""
    favourites.remove(profile_id)


@router.get("/saved-searches")
async def list_saved_searches(_: AccountOwner, searches: SavedSearchesDep) -> SavedSearchesView:
    """Return the client's saved searches with their last matches."""
    items = [SavedSearchView.from_domain(search, last) for search, last in searches.list_all()]
    return SavedSearchesView(items=items)


@router.post("/saved-searches", status_code=201, dependencies=[Depends(limit_saving)])
async def add_saved_search(
    body: SavedSearchBody, _: AccountOwner, searches: SavedSearchesDep
) -> SavedSearchView:
    """Save a search. With `mail`, the client agrees to mails about this search."""
    return SavedSearchView.from_domain(searches.add(body.to_input()))


@router.put("/saved-searches/{search_id}", dependencies=[Depends(limit_saving)])
async def update_saved_search(
    search_id: UUID, body: SavedSearchBody, _: AccountOwner, searches: SavedSearchesDep
) -> SavedSearchView:
    """Change a saved search. After a change of the query, new listings count from now on."""
    return SavedSearchView.from_domain(searches.update(search_id, body.to_input()))


@router.delete("/saved-searches/{search_id}", status_code=204, dependencies=[Depends(limit_saving)])
async def remove_saved_search(search_id: UUID, _: AccountOwner, searches: SavedSearchesDep) -> None:
    """Delete a saved search."""
    searches.delete(search_id)
