"""Availability of providers: weekly hours, exceptions, tours and "available now"."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from psycopg.errors import ExclusionViolation

from escorts.domain.availability import AvailabilityPlace, Schedule, ScheduleException
from escorts.domain.offer import WeeklyRule
from escorts.domain.tours import NewTour, Tour
from escorts.repository.mappers import Row
from kit.db import UnitOfWork
from kit.errors import Conflict
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.intervals import Interval

_COLUMNS = "city, zone, since, until, rules, exceptions, tours"
_RULES = """
INSERT INTO escorts.availability (profile_id, weekday, starts, ends)
SELECT %s, weekday, starts, ends
FROM jsonb_to_recordset(%s) AS item (weekday smallint, starts time, ends time)
"""
_TOUR_HOURS = _RULES.replace("escorts.availability (profile_id", "escorts.tour_hours (tour_id")
_TOUR = """
INSERT INTO escorts.tours (id, profile_id, city, zone, first_day, last_day, at_home, note)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_EXCEPTION = """
INSERT INTO escorts.availability_exceptions (id, profile_id, is_open, period, zone, note)
VALUES (%s, %s, %s, tstzrange(%s, %s), %s, %s)
"""
_AVAILABLE_NOW = """
INSERT INTO escorts.available_now (profile_id, since, until) VALUES (%s, %s, %s)
ON CONFLICT (profile_id) DO UPDATE SET since = EXCLUDED.since, until = EXCLUDED.until
"""
_OVERLAP_ERRORS = {
    "tours_do_not_overlap": (
        "tours-overlap",
        N_("You are in another city on some of these days: change one of the tours."),
        "from",
    ),
    "exceptions_do_not_overlap": (
        "exceptions-overlap",
        N_("Another exception covers some of this time: remove it first."),
        "date",
    ),
}


class AvailabilityRepository:
    """Tables of a profile's availability. Callers that write must hold the lock on the profile's row."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def get_schedule(self, profile_id: UUID) -> Schedule | None:
        """Return the profile's whole schedule, with private notes."""
        return self._read("availability_records", _COLUMNS, profile_id)

    def get_public_schedule(self, profile_id: UUID) -> Schedule | None:
        """Return the schedule without notes and plus busy time, or None if the profile is not public."""
        return self._read("public_availability_v1", f"{_COLUMNS}, busy", profile_id)

    def save_rules(self, profile_id: UUID, rules: Sequence[WeeklyRule], at: datetime) -> int:
        """Replace the weekly hours and return the profile's next version, since hours are content."""
        self._work.execute("DELETE FROM escorts.availability WHERE profile_id = %s", (profile_id,))
        self._work.execute(_RULES, (profile_id, _weekly(rules)))
        row = self._work.execute(
            """
            UPDATE escorts.profiles SET version = version + 1, updated_at = %s
            WHERE id = %s RETURNING version
            """,
            (at, profile_id),
        ).fetchone()
        return int(row["version"]) if row else 0

    def add_tours(self, profile_id: UUID, tours: Iterable[Tour], now: datetime) -> None:
        """Store tours; refuse two tours at the same time, after deleting expired ones, which nobody sees."""
        self._delete_expired("tours", profile_id, now)
        for tour in tours:
            plan = tour.plan
            with _translate_overlap():
                self._work.execute(
                    _TOUR,
                    (
                        tour.id,
                        profile_id,
                        plan.city,
                        tour.zone,
                        plan.first_day,
                        plan.last_day,
                        plan.at_home,
                        plan.note,
                    ),
                )
            self._work.execute(_TOUR_HOURS, (tour.id, _weekly(plan.hours)))

    def delete_tours(self, profile_id: UUID, tours: Iterable[UUID]) -> bool:
        """Delete tours; tell whether there were any."""
        return self._delete("tours", profile_id, tours)

    def add_exceptions(
        self, profile_id: UUID, items: Iterable[ScheduleException], now: datetime
    ) -> None:
        """Store exceptions; refuse two at the same time, after deleting expired ones."""
        self._delete_expired("availability_exceptions", profile_id, now)
        for item in items:
            span = item.span
            with _translate_overlap():
                self._work.execute(
                    _EXCEPTION,
                    (item.id, profile_id, item.is_open, span.start, span.end, item.zone, item.note),
                )

    def delete_exceptions(self, profile_id: UUID, items: Iterable[UUID]) -> bool:
        """Delete exceptions; tell whether there were any."""
        return self._delete("availability_exceptions", profile_id, items)

    def save_available_now(self, profile_id: UUID, now: Interval | None) -> None:
        """Replace "available now", or end it."""
        if now is not None:
            self._work.execute(_AVAILABLE_NOW, (profile_id, now.start, now.end))
        else:
            self._work.execute(
                "DELETE FROM escorts.available_now WHERE profile_id = %s", (profile_id,)
            )

    def refresh_search(self, profile_id: UUID) -> None:
        """Refresh the profile's search rows after a change of availability, in this transaction."""
        self._work.execute("SELECT escorts.refresh_search(%s)", (profile_id,))

    def _read(self, view: str, columns: str, profile_id: UUID) -> Schedule | None:
        row = self._work.execute(
            f"SELECT {columns} FROM escorts.{view} WHERE profile_id = %s",  # noqa: S608
            (profile_id,),
        ).fetchone()
        return _schedule(row) if row else None

    def _delete_expired(self, table: str, profile_id: UUID, now: datetime) -> None:
        self._work.execute(
            f"DELETE FROM escorts.{table} WHERE profile_id = %s AND upper(period) <= %s",  # noqa: S608
            (profile_id, now),
        )

    def _delete(self, table: str, profile_id: UUID, ids: Iterable[UUID]) -> bool:
        cursor = self._work.execute(
            f"DELETE FROM escorts.{table} WHERE profile_id = %s AND id = ANY (%s)",  # noqa: S608
            (profile_id, list(ids)),
        )
        return cursor.rowcount > 0


@contextmanager
def _translate_overlap() -> Iterator[None]:
    try:
        yield
    except ExclusionViolation as error:
        code, sentence, field = _OVERLAP_ERRORS[error.diag.constraint_name or ""]
        raise Conflict(code, _(sentence), field=field) from error


def _weekly(rules: Sequence[WeeklyRule]) -> str:
    return json.dumps(
        [
            {
                "weekday": rule.weekday,
                "starts": rule.start.isoformat("minutes"),
                "ends": rule.end.isoformat("minutes"),
            }
            for rule in rules
        ]
    )


def _schedule(row: Row) -> Schedule:
    return Schedule(
        home=AvailabilityPlace(row["city"], row["zone"]),
        rules=_rules(row["rules"]),
        exceptions=tuple(
            ScheduleException(
                UUID(item["id"]),
                item["is_open"],
                Interval(_instant(item["starts"]), _instant(item["ends"])),
                item["zone"],
                item.get("note", ""),
            )
            for item in row["exceptions"]
        ),
        tours=tuple(_tour(item) for item in row["tours"]),
        available_now=Interval(row["since"], row["until"]) if row["since"] else None,
        busy=tuple(
            Interval(_instant(item["starts"]), _instant(item["ends"]))
            for item in row.get("busy", ())
        ),
    )


def _tour(item: dict[str, Any]) -> Tour:
    plan = NewTour(
        item["city"],
        date.fromisoformat(item["first_day"]),
        date.fromisoformat(item["last_day"]),
        item["at_home"],
        _rules(item["hours"]),
        item.get("note", ""),
    )
    return Tour(UUID(item["id"]), item["zone"], plan)


def _rules(items: Iterable[dict[str, Any]]) -> tuple[WeeklyRule, ...]:
    return tuple(
        WeeklyRule(
            item["weekday"], time.fromisoformat(item["starts"]), time.fromisoformat(item["ends"])
        )
        for item in items
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
