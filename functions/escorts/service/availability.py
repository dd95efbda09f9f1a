"""A provider's time: what she says about it, and what the public sees of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from escorts.domain.availability import (
    MAX_EXCEPTIONS,
    DatedHours,
    NewDatedHours,
    Schedule,
    available_now,
    dated_hours,
    require_apart,
    require_dated,
)
from escorts.domain.cities import require_city
from escorts.domain.offer import WeeklyRule, require_disjoint
from escorts.domain.profiles import City
from escorts.domain.spans import Span
from escorts.domain.tours import MAX_TOURS, NewTour, Tour, require_plan
from escorts.repository.availability import Availability
from escorts.service.my_profile import Provider
from escorts.service.public_profiles import profile_not_found
from kit.errors import Conflict, NotFound
from kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Plan:
    """A provider's time as she writes it as a whole."""

    rules: tuple[WeeklyRule, ...]
    exceptions: tuple[NewDatedHours, ...]
    tours: tuple[NewTour, ...]
    now_until: datetime | None


@dataclass(frozen=True, slots=True)
class OwnTime:
    """What an owner does with her time, on one transaction."""

    provider: Provider
    table: Availability

    def read(self, profile_id: UUID) -> Schedule:
        """Return the schedule as it is from now on: what is over is left out."""
        schedule = self.table.schedule(profile_id)
        if schedule is None:
            raise profile_not_found()
        return upcoming(schedule, self.provider.now())

    def is_hers(self, user_id: UUID, profile_id: UUID) -> bool:
        """Tell whether the profile is the user's own."""
        profile = self.provider.profiles.by_user(user_id)
        return profile is not None and profile.id == profile_id

    def mine(self, user_id: UUID, profile_id: UUID) -> Schedule:
        """Return the owner's schedule, held until we are done."""
        self.provider.own(user_id, profile_id)
        return self.read(profile_id)

    def replace(self, user_id: UUID, profile_id: UUID, plan: Plan) -> Schedule:
        """Make the schedule what `plan` says; the same plan twice changes nothing the second time.

        What stays the same keeps its id. What is over is not touched.
        """
        before = self.mine(user_id, profile_id)
        now = self.provider.now()
        tours = self._tours(before, plan.tours)
        dated = self._dated(replace(before, tours=tours), plan.exceptions)
        require_disjoint(plan.rules, "rules")
        said = before.now
        if plan.now_until != (said.end if said else None):
            until = plan.now_until
            said = available_now(now, until, "availableNow.until") if until else None
        after = Schedule(before.home, tuple(sorted(plan.rules, key=_begin)), dated, tours, said)
        if after == before:
            return before
        self._save(profile_id, before, after)
        return self._changed(profile_id)

    def say_now(self, user_id: UUID, profile_id: UUID, minutes: int) -> Span:
        """Be available from this moment on, for so many minutes."""
        self.mine(user_id, profile_id)
        now = self.provider.now()
        said = available_now(now, now + timedelta(minutes=minutes), "minutes")
        self.table.save_now(profile_id, said)
        self._changed(profile_id)
        return said

    def end_now(self, user_id: UUID, profile_id: UUID) -> None:
        """Be available no longer than the schedule says; that it was so already is no error."""
        if self.mine(user_id, profile_id).now is not None:
            self.table.save_now(profile_id, None)
            self._changed(profile_id)

    def add_tour(self, user_id: UUID, profile_id: UUID, plan: NewTour) -> Tour:
        """Plan a visit."""
        before = self.mine(user_id, profile_id)
        if len(before.tours) >= MAX_TOURS:
            raise Conflict("too-many-tours", f"Up to {MAX_TOURS} tours: remove one first.")
        tour = self._tour(before, plan, "", new_id())
        self.table.add_tours(profile_id, [tour], self.provider.now())
        self._changed(profile_id)
        return tour

    def change_tour(self, user_id: UUID, profile_id: UUID, tour_id: UUID, plan: NewTour) -> Tour:
        """Change a visit that is not over."""
        before = self.mine(user_id, profile_id)
        known = next((item for item in before.tours if item.id == tour_id), None)
        if known is None:
            raise NotFound("no-such-tour", "There is no such tour, or it is over.")
        tour = self._tour(before, plan, "", tour_id)
        if tour != known:
            self.table.remove_tours(profile_id, [tour_id])
            self.table.add_tours(profile_id, [tour], self.provider.now())
            self._changed(profile_id)
        return tour

    def remove_tour(self, user_id: UUID, profile_id: UUID, tour_id: UUID) -> None:
        """Cancel a visit; that there is none is no error."""
        self.mine(user_id, profile_id)
        if self.table.remove_tours(profile_id, [tour_id]):
            self._changed(profile_id)

    def add_exception(self, user_id: UUID, profile_id: UUID, written: NewDatedHours) -> DatedHours:
        """Open or close some dated time."""
        before = self.mine(user_id, profile_id)
        if len(before.dated) >= MAX_EXCEPTIONS:
            raise Conflict("too-many-exceptions", f"Up to {MAX_EXCEPTIONS}: remove some first.")
        made = dated_hours(written, before, new_id())
        require_dated(made, self.provider.now())
        self.table.add_dated(profile_id, [made], self.provider.now())
        self._changed(profile_id)
        return made

    def remove_exception(self, user_id: UUID, profile_id: UUID, exception_id: UUID) -> None:
        """Let the week have its way again; that it had is no error."""
        self.mine(user_id, profile_id)
        if self.table.remove_dated(profile_id, [exception_id]):
            self._changed(profile_id)

    def cities(self) -> dict[str, City]:
        """Return the cities by slug."""
        return {city.slug: city for city in self.provider.directory.cities()}

    def _tour(self, before: Schedule, plan: NewTour, path: str, identity: UUID) -> Tour:
        cities = self.provider.directory.cities()
        city = require_city(cities, plan.city, f"{path}city")
        require_plan(plan, city, before.home.city, self.provider.now(), before.tours, path)
        require_disjoint(plan.hours, f"{path}hours")
        hours = tuple(sorted(plan.hours, key=_begin))
        return Tour(identity, city.zone, replace(plan, city=city.slug, hours=hours))

    def _tours(self, before: Schedule, plans: Sequence[NewTour]) -> tuple[Tour, ...]:
        tours = []
        for index, plan in enumerate(plans):
            made = self._tour(before, plan, f"tours.{index}.", new_id())
            begins = (made.plan.city, made.plan.first_day)
            same = (t.id for t in before.tours if (t.plan.city, t.plan.first_day) == begins)
            tours.append(replace(made, id=next(same, made.id)))
        sentence = "You are in another city on some of these days."
        spans = [tour.span for tour in tours]
        require_apart(spans, "tours-overlap", sentence, "tours", Conflict)
        return tuple(sorted(tours, key=lambda tour: tour.span))

    def _dated(
        self, schedule: Schedule, written: Sequence[NewDatedHours]
    ) -> tuple[DatedHours, ...]:
        known = {(item.opens, item.span): item for item in schedule.dated}
        items = []
        for index, one in enumerate(written):
            made = dated_hours(one, schedule, new_id())
            require_dated(made, self.provider.now(), f"exceptions.{index}.")
            same = known.get((made.opens, made.span))
            items.append(replace(made, id=same.id, zone=same.zone) if same else made)
        sentence = "Another exception covers some of this time."
        spans = [item.span for item in items]
        require_apart(spans, "exceptions-overlap", sentence, "exceptions", Conflict)
        return tuple(sorted(items, key=lambda item: item.span))

    def _save(self, profile_id: UUID, before: Schedule, after: Schedule) -> None:
        now = self.provider.now()
        old, new = _without(before.tours, after.tours), _without(after.tours, before.tours)
        self.table.remove_tours(profile_id, (tour.id for tour in old))
        self.table.add_tours(profile_id, new, now)
        gone, come = _without(before.dated, after.dated), _without(after.dated, before.dated)
        self.table.remove_dated(profile_id, (item.id for item in gone))
        self.table.add_dated(profile_id, come, now)
        if after.now != before.now:
            self.table.save_now(profile_id, after.now)
        if after.rules != before.rules:
            version = self.table.save_rules(profile_id, after.rules, now)
            self.provider.publisher.updated(profile_id, version)

    def _changed(self, profile_id: UUID) -> Schedule:
        self.table.refresh_search(profile_id)
        self.provider.publisher.availability_changed(profile_id)
        return self.read(profile_id)


def upcoming(schedule: Schedule, now: datetime) -> Schedule:
    """Return the schedule without what is over."""
    said = schedule.now
    return replace(
        schedule,
        dated=tuple(item for item in schedule.dated if item.span.end > now),
        tours=tuple(tour for tour in schedule.tours if tour.span.end > now),
        now=said if said and said.end > now else None,
    )


def _without[T](items: Iterable[T], others: Sequence[T]) -> list[T]:
    return [item for item in items if item not in others]


def _begin(rule: WeeklyRule) -> tuple[int, int]:
    return rule.minutes()
