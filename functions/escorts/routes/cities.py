"""Cities route."""

from fastapi import APIRouter

from escorts.dependencies import PublicProfilesDep
from escorts.schemas.public_profiles import CitiesView, CityView
from kit.auth import public
from kit.http import API

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])


@router.get("/cities", dependencies=[public()])
async def list_cities(browsing: PublicProfilesDep) -> CitiesView:
    """Return the cities of the directory with the number of companions in each."""
    return CitiesView(items=[CityView.from_domain(item) for item in browsing.list_cities()])
