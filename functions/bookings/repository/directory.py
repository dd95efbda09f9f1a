"""Profiles, rate cards and open hours, read from the views of the directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from bookings.domain.calendar import CityZone, OpenPeriod
from bookings.domain.pricing import Rate
from bookings.domain.venue import Venue
from kit.db import UnitOfWork
from kit.intervals import Interval
from kit.money import Money


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile of the directory; bookable while `public`."""

    profile_id: UUID
    user_id: UUID
    slug: str
    name: str
    home: CityZone
    public: bool


_PROFILE = "SELECT profile_id, user_id, slug, name, city, time_zone, public FROM escorts.bookable_profiles_v1"


class DirectoryRepository:
    """Repository of the directory's views."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def by_id(self, profile_id: UUID) -> Profile | None:
        """Return a profile that is not closed, public or not."""
        return self._get("profile_id", profile_id)

    def by_slug(self, slug: str) -> Profile | None:
        """Return the profile at this address."""
        return self._get("slug", slug)

    def by_user(self, user_id: UUID) -> Profile | None:
        """Return the open profile of an account."""
        return self._get("user_id", user_id)

    def names_and_slugs(self, profile_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
        """Return name and slug of profiles that are not closed, for lists.

        Both are empty if a profile is not public, so that a hidden provider cannot be followed by a new
        name or a new address.
        """
        rows = self._work.execute(
            """
            SELECT profile_id, CASE WHEN public THEN name ELSE '' END AS name,
                CASE WHEN public THEN slug ELSE '' END AS slug
            FROM escorts.bookable_profiles_v1 WHERE profile_id = ANY(%s)
            """,
            (list(profile_ids),),
        )
        return {row["profile_id"]: (row["name"], row["slug"]) for row in rows}

    def is_public(self, profile_id: UUID) -> bool:
        """Tell whether a profile is public; every database role of bookings may read this."""
        row = self._work.execute(
            "SELECT public FROM escorts.bookable_profiles_v1 WHERE profile_id = %s", (profile_id,)
        ).fetchone()
        return row is not None and bool(row["public"])

    def accepts_bookings(self, profile_id: UUID, city: str) -> bool:
        """Tell whether a request in this city may become a booking.

        A provider with a hidden profile may answer earlier requests. A profile that staff or the system took
        off the public, or a city in which the law no longer allows requests, may not.
        """
        row = self._work.execute(
            """
            SELECT may_answer AND %s IN (SELECT city FROM escorts.booking_cities_v1) AS may
            FROM escorts.bookable_profiles_v1 WHERE profile_id = %s
            """,
            (city, profile_id),
        ).fetchone()
        return row is not None and bool(row["may"])

    def rate_card(self, profile_id: UUID) -> list[Rate]:
        """Return the rate card in the provider's order."""
        rows = self._work.execute(
            """
            SELECT service, duration_minutes, amount, currency, venue FROM escorts.rate_card_v1
            WHERE profile_id = %s ORDER BY position
            """,
            (profile_id,),
        )
        return [
            Rate(
                row["service"],
                row["duration_minutes"],
                Money(row["amount"], row["currency"]),
                Venue(row["venue"]),
            )
            for row in rows
        ]

    def open_periods(self, profile_id: UUID, within: Interval) -> list[OpenPeriod]:
        """Return the open hours by place, in cities where the law allows requests."""
        rows = self._work.execute(
            """
            SELECT o.city, o.zone, lower(p.period) AS starts_at, upper(p.period) AS ends_at
            FROM escorts.open_periods(%s, tstzrange(%s, %s)) o
            CROSS JOIN LATERAL unnest(o.open) AS p (period)
            WHERE o.city IN (SELECT c.city FROM escorts.booking_cities_v1 c)
            ORDER BY starts_at, o.city
            """,
            (profile_id, within.start, within.end),
        )
        return [
            OpenPeriod(
                Interval(row["starts_at"], row["ends_at"]), CityZone(row["city"], row["zone"])
            )
            for row in rows
        ]

    def _get(self, column: str, value: UUID | str) -> Profile | None:
        row = self._work.execute(f"{_PROFILE} WHERE {column} = %s", (value,)).fetchone()
        if row is None:
            return None
        return Profile(
            profile_id=row["profile_id"],
            user_id=row["user_id"],
            slug=row["slug"],
            name=row["name"],
            home=CityZone(row["city"], row["time_zone"]),
            public=row["public"],
        )
