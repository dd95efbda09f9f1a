"""Routes of a provider's availability."""

from uuid import UUID

from fastapi import APIRouter, Depends

from escorts.age_gate import API_AGE_GATE
from escorts.dashboard_dependencies import AvailabilityDep, Owner, limit_writes
from escorts.dependencies import OptionalUser, PublicAvailabilityDep, is_staff
from escorts.schemas.availability import (
    AvailableNowBody,
    AvailableNowView,
    ExceptionBody,
    ExceptionView,
    OwnAvailability,
    PublicAvailability,
    TourBody,
    TourView,
    UpdateAvailability,
)
from kit.http import API

router = APIRouter(prefix=f"{API}/escorts/{{profile_id}}", tags=["availability"])
_WRITES = [Depends(limit_writes)]


@router.get(
    "/hours",
    response_model=OwnAvailability | PublicAvailability,
    dependencies=[API_AGE_GATE],
)
async def read_availability(
    profile_id: UUID,
    user: OptionalUser,
    availability: AvailabilityDep,
    public_availability: PublicAvailabilityDep,
) -> OwnAvailability | PublicAvailability:
    """Return the whole schedule to its owner and to staff, the next 14 days to other callers."""
    if is_staff(user) or (user and availability.is_owner(user.user_id, profile_id)):
        return OwnAvailability.from_domain(
            profile_id, availability.get(profile_id), availability.cities_by_slug()
        )
    return PublicAvailability.from_domain(profile_id, public_availability.upcoming(profile_id))


@router.put("/hours", dependencies=_WRITES)
async def update_availability(
    profile_id: UUID, body: UpdateAvailability, owner: Owner, availability: AvailabilityDep
) -> OwnAvailability:
    """Replace weekly hours, exceptions, tours and "available now". Repeating it is harmless."""
    schedule = availability.replace_schedule(owner.user_id, profile_id, body.to_schedule())
    return OwnAvailability.from_domain(profile_id, schedule, availability.cities_by_slug())


@router.post("/available-now", dependencies=_WRITES)
async def set_available_now(
    profile_id: UUID, body: AvailableNowBody, owner: Owner, availability: AvailabilityDep
) -> AvailableNowView:
    """Set "available now" from this moment on; it ends by itself."""
    period = availability.set_available_now(owner.user_id, profile_id, body.minutes)
    return AvailableNowView(since=period.start, until=period.end)


@router.delete("/available-now", status_code=204, dependencies=_WRITES)
async def clear_available_now(
    profile_id: UUID, owner: Owner, availability: AvailabilityDep
) -> None:
    """End "available now" early."""
    availability.clear_available_now(owner.user_id, profile_id)


@router.post("/tours", status_code=201, dependencies=_WRITES)
async def add_tour(
    profile_id: UUID, body: TourBody, owner: Owner, availability: AvailabilityDep
) -> TourView:
    """Add a tour to another city; 409 if it overlaps another one."""
    tour = availability.add_tour(owner.user_id, profile_id, body.to_tour())
    return TourView.from_domain(tour, availability.cities_by_slug()[tour.plan.city])


@router.put("/tours/{tour_id}", dependencies=_WRITES)
async def change_tour(
    profile_id: UUID, tour_id: UUID, body: TourBody, owner: Owner, availability: AvailabilityDep
) -> TourView:
    """Change a tour that is not over."""
    tour = availability.change_tour(owner.user_id, profile_id, tour_id, body.to_tour())
    return TourView.from_domain(tour, availability.cities_by_slug()[tour.plan.city])


@router.delete("/tours/{tour_id}", status_code=204, dependencies=_WRITES)
async def remove_tour(
    profile_id: UUID, tour_id: UUID, owner: Owner, availability: AvailabilityDep
) -> None:
    """Delete a tour."""
    availability.delete_tour(owner.user_id, profile_id, tour_id)


@router.post("/exceptions", status_code=201, dependencies=_WRITES)
async def add_exception(
    profile_id: UUID, body: ExceptionBody, owner: Owner, availability: AvailabilityDep
) -> ExceptionView:
    """Add an exception that opens or closes dated time; 409 if it overlaps another one."""
    return ExceptionView.from_domain(
        availability.add_exception(owner.user_id, profile_id, body.to_exception())
    )


@router.delete("/exceptions/{exception_id}", status_code=204, dependencies=_WRITES)
async def remove_exception(
    profile_id: UUID, exception_id: UUID, owner: Owner, availability: AvailabilityDep
) -> None:
    """Delete an exception: the weekly hours apply again."""
    availability.delete_exception(owner.user_id, profile_id, exception_id)
