"""When a provider can be met, and where."""

from uuid import UUID

from fastapi import APIRouter, Depends

from escorts.age_gate import api_for_adults
from escorts.dashboard_dependencies import Owner, OwnersTime, limit_writes
from escorts.dependencies import OptionalUser, PublicHours, is_staff
from escorts.schemas.availability import (
    AvailableNowBody,
    ExceptionBody,
    ExceptionView,
    NowView,
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
    dependencies=[api_for_adults],
)
async def read_hours(
    profile_id: UUID, somebody: OptionalUser, time: OwnersTime, hours: PublicHours
) -> OwnAvailability | PublicAvailability:
    """Return all about one's own time, to staff as well; to everybody else the coming 14 days."""
    if is_staff(somebody) or (somebody and time.is_hers(somebody.user_id, profile_id)):
        return OwnAvailability.of(profile_id, time.read(profile_id), time.cities())
    return PublicAvailability.of(profile_id, hours.coming(profile_id))


@router.put("/hours", dependencies=_WRITES)
async def update_hours(
    profile_id: UUID, body: UpdateAvailability, owner: Owner, time: OwnersTime
) -> OwnAvailability:
    """Replace one's hours, exceptions and tours, and "available now". Repeating it is harmless."""
    schedule = time.replace(owner.user_id, profile_id, body.to_plan())
    return OwnAvailability.of(profile_id, schedule, time.cities())


@router.post("/available-now", dependencies=_WRITES)
async def be_available_now(
    profile_id: UUID, body: AvailableNowBody, owner: Owner, time: OwnersTime
) -> NowView:
    """Be available from this moment on; it ends by itself."""
    said = time.say_now(owner.user_id, profile_id, body.minutes)
    return NowView(since=said.start, until=said.end)


@router.delete("/available-now", status_code=204, dependencies=_WRITES)
async def end_available_now(profile_id: UUID, owner: Owner, time: OwnersTime) -> None:
    """End "available now" early."""
    time.end_now(owner.user_id, profile_id)


@router.post("/tours", status_code=201, dependencies=_WRITES)
async def add_tour(profile_id: UUID, body: TourBody, owner: Owner, time: OwnersTime) -> TourView:
    """Plan a visit to another city; 409 if another one is at the same time."""
    tour = time.add_tour(owner.user_id, profile_id, body.to_plan())
    return TourView.of(tour, time.cities()[tour.plan.city])


@router.put("/tours/{tour_id}", dependencies=_WRITES)
async def change_tour(
    profile_id: UUID, tour_id: UUID, body: TourBody, owner: Owner, time: OwnersTime
) -> TourView:
    """Change a visit that is not over."""
    tour = time.change_tour(owner.user_id, profile_id, tour_id, body.to_plan())
    return TourView.of(tour, time.cities()[tour.plan.city])


@router.delete("/tours/{tour_id}", status_code=204, dependencies=_WRITES)
async def remove_tour(profile_id: UUID, tour_id: UUID, owner: Owner, time: OwnersTime) -> None:
    """Cancel a visit."""
    time.remove_tour(owner.user_id, profile_id, tour_id)


@router.post("/exceptions", status_code=201, dependencies=_WRITES)
async def add_exception(
    profile_id: UUID, body: ExceptionBody, owner: Owner, time: OwnersTime
) -> ExceptionView:
    """Open or close some dated time; 409 if there is another exception for it."""
    return ExceptionView.of(time.add_exception(owner.user_id, profile_id, body.to_dated()))


@router.delete("/exceptions/{exception_id}", status_code=204, dependencies=_WRITES)
async def remove_exception(
    profile_id: UUID, exception_id: UUID, owner: Owner, time: OwnersTime
) -> None:
    """Let the week have its way again."""
    time.remove_exception(owner.user_id, profile_id, exception_id)
