"""Own availability of a provider: reading and changing it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from escorts.domain.availability import (
    MAX_EXCEPTIONS,
    NewScheduleException,
    Schedule,
    ScheduleException,
    require_no_overlap,
    resolve_exception,
    validate_available_now,
    validate_exception,
)
from escorts.domain.cities import require_city
from escorts.domain.offer import WeeklyRule, require_disjoint_hours
from escorts.domain.profiles import City
from escorts.domain.tours import MAX_TOURS, NewTour, Tour, validate_tour
from escorts.repository.availability import AvailabilityRepository
from escorts.service.my_profile import ProfileService
from escorts.service.public_profiles import profile_not_found
from kit.errors import Conflict, NotFound
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.intervals import Interval


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """Schedule as the provider enters it as a whole."""

    rules: tuple[WeeklyRule, ...]
    exceptions: tuple[NewScheduleException, ...]
    tours: tuple[NewTour, ...]
    now_until: datetime | None


@dataclass(frozen=True, slots=True)
class OwnAvailabilityService:
    """Service for a provider's own availability, on one transaction."""

    profile_service: ProfileService
    repository: AvailabilityRepository

    def get(self, profile_id: UUID) -> Schedule:
        """Return the schedule from now on, without past entries."""
        schedule = self.repository.get_schedule(profile_id)
        if schedule is None:
            raise profile_not_found()
        return without_past(schedule, self.profile_service.now())

    def is_owner(self, user_id: UUID, profile_id: UUID) -> bool:
        """Tell whether the profile is the user's own."""
        profile = self.profile_service.profiles.by_user(user_id)
        return profile is not None and profile.id == profile_id

    def get_for_update(self, user_id: UUID, profile_id: UUID) -> Schedule:
        """Lock the profile and return its owner's schedule."""
        self.profile_service.get_own_for_update(user_id, profile_id)
        return self.get(profile_id)

    def replace_schedule(self, user_id: UUID, profile_id: UUID, plan: NewSchedule) -> Schedule:
        """Replace the schedule with `plan`; the same plan a second time changes nothing.

        Unchanged entries keep their ids. Past entries are not touched.
        """
        before = self.get_for_update(user_id, profile_id)
        now = self.profile_service.now()
        tours = self._tours(before, plan.tours)
        exceptions = self._exceptions(replace(before, tours=tours), plan.exceptions)
        require_disjoint_hours(plan.rules, "rules")
        available_now = before.available_now
        if plan.now_until != (available_now.end if available_now else None):
            until = plan.now_until
            available_now = (
                validate_available_now(now, until, "availableNow.until") if until else None
            )
        after = Schedule(
            before.home,
            tuple(sorted(plan.rules, key=_start_minutes)),
            exceptions,
            tours,
            available_now,
        )
        if after == before:
            return before
        self._save(profile_id, before, after)
        return self._finish_change(profile_id)

    def set_available_now(self, user_id: UUID, profile_id: UUID, minutes: int) -> Interval:
        """Set "available now" from this moment on, for `minutes`."""
        self.get_for_update(user_id, profile_id)
        now = self.profile_service.now()
        available_now = validate_available_now(now, now + timedelta(minutes=minutes), "minutes")
        self.repository.save_available_now(profile_id, available_now)
        self._finish_change(profile_id)
        return available_now

    def clear_available_now(self, user_id: UUID, profile_id: UUID) -> None:
        """End "available now"; do nothing if it is not set."""
        if self.get_for_update(user_id, profile_id).available_now is not None:
            self.repository.save_available_now(profile_id, None)
            self._finish_change(profile_id)

    def add_tour(self, user_id: UUID, profile_id: UUID, plan: NewTour) -> Tour:
        """Add a tour."""
        before = self.get_for_update(user_id, profile_id)
        if len(before.tours) >= MAX_TOURS:
            raise Conflict(
                "too-many-tours",
                _("Up to %(count)s tours: remove one first.", count=MAX_TOURS),
            )
        tour = self._tour(before, plan, "", new_id())
        self.repository.add_tours(profile_id, [tour], self.profile_service.now())
        self._finish_change(profile_id)
        return tour

    def change_tour(self, user_id: UUID, profile_id: UUID, tour_id: UUID, plan: NewTour) -> Tour:
        """Change a tour that is not over."""
        before = self.get_for_update(user_id, profile_id)
        known = next((item for item in before.tours if item.id == tour_id), None)
        if known is None:
            raise NotFound("no-such-tour", _("There is no such tour, or it is over."))
        tour = self._tour(before, plan, "", tour_id)
        if tour != known:
            self.repository.delete_tours(profile_id, [tour_id])
            self.repository.add_tours(profile_id, [tour], self.profile_service.now())
            self._finish_change(profile_id)
        return tour

    def delete_tour(self, user_id: UUID, profile_id: UUID, tour_id: UUID) -> None:
        """Delete a tour; do nothing if there is none."""
        self.get_for_update(user_id, profile_id)
        if self.repository.delete_tours(profile_id, [tour_id]):
            self._finish_change(profile_id)

    def add_exception(
        self, user_id: UUID, profile_id: UUID, new: NewScheduleException
    ) -> ScheduleException:
        """Add an exception that opens or closes exceptions time."""
        before = self.get_for_update(user_id, profile_id)
        if len(before.exceptions) >= MAX_EXCEPTIONS:
            raise Conflict(
                "too-many-exceptions",
                _("Up to %(count)s: remove some first.", count=MAX_EXCEPTIONS),
            )
        made = resolve_exception(new, before, new_id())
        validate_exception(made, self.profile_service.now())
        self.repository.add_exceptions(profile_id, [made], self.profile_service.now())
        self._finish_change(profile_id)
        return made

    def delete_exception(self, user_id: UUID, profile_id: UUID, exception_id: UUID) -> None:
        """Delete an exception; do nothing if there is none."""
        self.get_for_update(user_id, profile_id)
        if self.repository.delete_exceptions(profile_id, [exception_id]):
            self._finish_change(profile_id)

    def cities_by_slug(self) -> dict[str, City]:
        """Return the cities by slug."""
        return {city.slug: city for city in self.profile_service.directory.cities()}

    def _tour(self, before: Schedule, plan: NewTour, path: str, tour_id: UUID) -> Tour:
        cities = self.profile_service.directory.cities()
        city = require_city(cities, plan.city, f"{path}city")
        validate_tour(plan, city, before.home.city, self.profile_service.now(), before.tours, path)
        require_disjoint_hours(plan.hours, f"{path}hours")
        hours = tuple(sorted(plan.hours, key=_start_minutes))
        return Tour(tour_id, city.zone, replace(plan, city=city.slug, hours=hours))

    def _tours(self, before: Schedule, plans: Sequence[NewTour]) -> tuple[Tour, ...]:
        tours = []
        for index, plan in enumerate(plans):
            made = self._tour(before, plan, f"tours.{index}.", new_id())
            begins = (made.plan.city, made.plan.first_day)
            same = (t.id for t in before.tours if (t.plan.city, t.plan.first_day) == begins)
            tours.append(replace(made, id=next(same, made.id)))
        message = _("You are in another city on some of these days.")
        spans = [tour.span for tour in tours]
        require_no_overlap(spans, "tours-overlap", message, "tours", Conflict)
        return tuple(sorted(tours, key=lambda tour: tour.span))

    def _exceptions(
        self, schedule: Schedule, new: Sequence[NewScheduleException]
    ) -> tuple[ScheduleException, ...]:
        known = {(item.is_open, item.span): item for item in schedule.exceptions}
        items = []
        for index, one in enumerate(new):
            made = resolve_exception(one, schedule, new_id())
            validate_exception(made, self.profile_service.now(), f"exceptions.{index}.")
            same = known.get((made.is_open, made.span))
            items.append(replace(made, id=same.id, zone=same.zone) if same else made)
        message = _("Another exception covers some of this time.")
        spans = [item.span for item in items]
        require_no_overlap(spans, "exceptions-overlap", message, "exceptions", Conflict)
        return tuple(sorted(items, key=lambda item: item.span))

    def _save(self, profile_id: UUID, before: Schedule, after: Schedule) -> None:
        now = self.profile_service.now()
        old, new = _without(before.tours, after.tours), _without(after.tours, before.tours)
        self.repository.delete_tours(profile_id, (tour.id for tour in old))
        self.repository.add_tours(profile_id, new, now)
        gone, come = (
            _without(before.exceptions, after.exceptions),
            _without(after.exceptions, before.exceptions),
        )
        self.repository.delete_exceptions(profile_id, (item.id for item in gone))
        self.repository.add_exceptions(profile_id, come, now)
        if after.available_now != before.available_now:
            self.repository.save_available_now(profile_id, after.available_now)
        if after.rules != before.rules:
            version = self.repository.save_rules(profile_id, after.rules, now)
            self.profile_service.events.emit_updated(profile_id, version)

    def _finish_change(self, profile_id: UUID) -> Schedule:
        self.repository.refresh_search(profile_id)
        self.profile_service.events.emit_availability_changed(profile_id)
        return self.get(profile_id)


def without_past(schedule: Schedule, now: datetime) -> Schedule:
    """Return the schedule without past entries."""
    available_now = schedule.available_now
    return replace(
        schedule,
        exceptions=tuple(item for item in schedule.exceptions if item.span.end > now),
        tours=tuple(tour for tour in schedule.tours if tour.span.end > now),
        available_now=available_now if available_now and available_now.end > now else None,
    )


def _without[T](items: Iterable[T], others: Sequence[T]) -> list[T]:
    return [item for item in items if item not in others]


def _start_minutes(rule: WeeklyRule) -> tuple[int, int]:
    return rule.minutes()
