"""Tours of demo providers: one in nine, now or in the next days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import UUID

from escorts.domain.profiles import City
from escorts.domain.tours import NewTour
from escorts.repository.availability import AvailabilityRepository
from escorts.service.availability import OwnAvailabilityService
from escorts.service.my_profile import ProfileService
from kit.db import UnitOfWork
from kit.local_time import local_date

__all__ = ["go_on_tour"]

_ONE_IN, _FIRST = 9, 4


def go_on_tour(
    work: UnitOfWork, provider: ProfileService, owner: UUID, number: int, cities: Sequence[City]
) -> None:
    """Add a tour for the provider with a number; most providers get none."""
    turn, rest = divmod(number - _FIRST, _ONE_IN)
    profile = provider.profiles.by_user(owner)
    if rest or profile is None:
        return
    random = Random(f"on tour {number}")  # noqa: S311 - nothing secret about it
    city = random.choice([one for one in cities if one.slug != profile.content.city])
    # Every second tour has begun already.
    first_day = local_date(provider.now(), city.zone) + timedelta(days=turn % 2 * (2 + turn % 7))
    last_day = first_day + timedelta(days=random.randint(2, 6))
    plan = NewTour(city.slug, first_day, last_day, at_home=turn % 5 == 0)
    OwnAvailabilityService(provider, AvailabilityRepository(work)).add_tour(owner, profile.id, plan)
