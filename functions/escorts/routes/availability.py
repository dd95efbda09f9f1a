"""When a provider can be met, and where."""

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
    """Return all about one's own time, to staff as well; to everybody else the coming 14 days."""
    if is_staff(user) or (user and availability.is_owner(user.user_id, profile_id)):
        return OwnAvailability.from_domain(
            profile_id, availability.get(profile_id), availability.cities_by_slug()
        )
    return PublicAvailability.from_domain(profile_id, public_availability.upcoming(profile_id))


@router.put("/hours", dependencies=_WRITES)
async def update_availability(
    profile_id: UUID, body: UpdateAvailability, owner: Owner, availability: AvailabilityDep
) -> OwnAvailability:
    """Replace one's hours, exceptions and tours, and "available now". Repeating it is harmless."""
    schedule = availability.replace_schedule(owner.user_id, profile_id, body.to_schedule())
    return OwnAvailability.from_domain(profile_id, schedule, availability.cities_by_slug())


@router.post("/available-now", dependencies=_WRITES)
async def set_available_now(
    profile_id: UUID, body: AvailableNowBody, owner: Owner, availability: AvailabilityDep
) -> AvailableNowView:
    """Be available from this moment on; it ends by itself."""
    said = availability.set_available_now(owner.user_id, profile_id, body.minutes)
    return AvailableNowView(since=said.start, until=said.end)


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
    """Plan a visit to another city; 409 if another one is at the same time."""
    tour = availability.add_tour(owner.user_id, profile_id, body.to_tour())
    return TourView.from_domain(tour, availability.cities_by_slug()[tour.plan.city])


@router.put("/tours/{tour_id}", dependencies=_WRITES)
async def change_tour(
    profile_id: UUID, tour_id: UUID, body: TourBody, owner: Owner, availability: AvailabilityDep
) -> TourView:
    """Change a visit that is not over."""
    tour = availability.change_tour(owner.user_id, profile_id, tour_id, body.to_tour())
    return TourView.from_domain(tour, availability.cities_by_slug()[tour.plan.city])


@router.delete("/tours/{tour_id}", status_code=204, dependencies=_WRITES)
async def remove_tour(
    profile_id: UUID, tour_id: UUID, owner: Owner, availability: AvailabilityDep
) -> None:
    """Cancel a visit."""
    availability.delete_tour(owner.user_id, profile_id, tour_id)


@router.post("/exceptions", status_code=201, dependencies=_WRITES)
async def add_exception(
    profile_id: UUID, body: ExceptionBody, owner: Owner, availability: AvailabilityDep
) -> ExceptionView:
    """Open or close some dated time; 409 if there is another exception for it."""
    return ExceptionView.from_domain(
        availability.add_exception(owner.user_id, profile_id, body.to_exception())
    )


@router.delete("/exceptions/{exception_id}", status_code=204, dependencies=_WRITES)
async def remove_exception(
    profile_id: UUID, exception_id: UUID, owner: Owner, availability: AvailabilityDep
) -> None:
    """Let the week have its way again."""
    availability.delete_exception(owner.user_id, profile_id, exception_id)
