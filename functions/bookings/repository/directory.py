"""What the directory tells bookings, through its views: whose time, what it costs, open hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from bookings.domain.calendar import OpenPeriod, Place
from bookings.domain.pricing import Rate
from bookings.domain.spans import Span
from bookings.domain.venue import Venue
from kit.db import UnitOfWork
from kit.money import Money


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody who may be booked while `public`."""

    escort_id: UUID
    user_id: UUID
    slug: str
    name: str
    home: Place
    public: bool


_PROFILE = "SELECT escort_id, user_id, slug, name, city, zone, public FROM escorts.bookable_v1"


class Directory:
    """The views of the directory."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def profile(self, escort_id: UUID) -> Profile | None:
        """Return a profile that is not closed, public or not."""
        return self._one("escort_id", escort_id)

    def by_slug(self, slug: str) -> Profile | None:
        """Return it by its address."""
        return self._one("slug", slug)

    def by_user(self, user_id: UUID) -> Profile | None:
        """Return somebody's own."""
        return self._one("user_id", user_id)

    def names(self, escort_ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
        """Return name and address of profiles that are not closed, for lists.

        Both are empty where a profile is not public: who hides is not followed, neither by a new
        name nor by a new address.
        """
        rows = self._work.execute(
            """
            SELECT escort_id, CASE WHEN public THEN name ELSE '' END AS name,
                CASE WHEN public THEN slug ELSE '' END AS slug
            FROM escorts.bookable_v1 WHERE escort_id = ANY(%s)
            """,
            (list(escort_ids),),
        )
        return {row["escort_id"]: (row["name"], row["slug"]) for row in rows}

    def is_public(self, escort_id: UUID) -> bool:
        """Tell whether everybody may see a profile; every role of bookings may ask."""
        row = self._work.execute(
            "SELECT public FROM escorts.bookable_v1 WHERE escort_id = %s", (escort_id,)
        ).fetchone()
        return row is not None and bool(row["public"])

    def may_answer(self, escort_id: UUID, city: str) -> bool:
        """Tell whether a request in this city may become a booking.

        Who hides herself may answer what she was asked before. Who was taken off the public by
        others, and whoever was asked where the law does not let us any more, may not.
        """
        row = self._work.execute(
            """
            SELECT answers AND %s IN (SELECT city FROM escorts.booking_cities_v1) AS may
            FROM escorts.bookable_v1 WHERE escort_id = %s
            """,
            (city, escort_id),
        ).fetchone()
        return row is not None and bool(row["may"])

    def rate_card(self, escort_id: UUID) -> list[Rate]:
        """Return what she offers at which price, in her order."""
        rows = self._work.execute(
            """
            SELECT service, duration_minutes, amount, currency, venue FROM escorts.rate_card_v1
            WHERE escort_id = %s ORDER BY position
            """,
            (escort_id,),
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

    def open_periods(self, escort_id: UUID, within: Span) -> list[OpenPeriod]:
        """Return when and where she can be met, where the law lets us take requests."""
        rows = self._work.execute(
            """
            SELECT o.city, o.zone, lower(p.period) AS starts_at, upper(p.period) AS ends_at
            FROM escorts.open_periods(%s, tstzrange(%s, %s)) o
            CROSS JOIN LATERAL unnest(o.open) AS p (period)
            WHERE o.city IN (SELECT c.city FROM escorts.booking_cities_v1 c)
            ORDER BY starts_at, o.city
            """,
            (escort_id, within.start, within.end),
        )
        return [
            OpenPeriod(Span(row["starts_at"], row["ends_at"]), Place(row["city"], row["zone"]))
            for row in rows
        ]

    def _one(self, column: str, value: UUID | str) -> Profile | None:
        row = self._work.execute(f"{_PROFILE} WHERE {column} = %s", (value,)).fetchone()
        if row is None:
            return None
        return Profile(
            escort_id=row["escort_id"],
            user_id=row["user_id"],
            slug=row["slug"],
            name=row["name"],
            home=Place(row["city"], row["zone"]),
            public=row["public"],
        )
