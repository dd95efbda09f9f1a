"""Bookings, their history, and the constraint that keeps them apart."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.errors import ExclusionViolation

from bookings.domain.booking import Booking, Moved
from bookings.domain.spans import Span
from bookings.domain.transitions import Actor, Status
from bookings.repository.mappers import COLUMNS, booking_row, policy_json, quote_json, to_booking
from kit.db import UnitOfWork
from kit.errors import Conflict
from kit.ids import new_id

_INSERT = """
INSERT INTO bookings.bookings (id, escort_id, provider_id, client_id, status, period, padded, city,
    zone, venue, services, urgent, amount, currency, price, policy, deposit, paid, paid_by_hand,
    name, address_days, requested_at, expires_at, deposit_due_at, confirmed_at, rescheduled_from)
VALUES (%(id)s, %(escort_id)s, %(provider_id)s, %(client_id)s, %(status)s,
    tstzrange(%(starts_at)s, %(ends_at)s), tstzrange(%(padded_from)s, %(padded_to)s), %(city)s,
    %(zone)s, %(venue)s, %(services)s, %(urgent)s, %(amount)s, %(currency)s, %(price)s, %(policy)s,
    %(deposit)s, %(paid)s, %(by_hand)s, %(name)s, %(address_days)s, %(requested_at)s,
    %(expires_at)s, %(deposit_due_at)s, %(confirmed_at)s, %(rescheduled_from)s)
"""
# Only from the state that was read: the provider's lock says so already, this says it again.
_UPDATE = """
UPDATE bookings.bookings
SET status = %(status)s, paid = %(paid)s, paid_by_hand = %(by_hand)s, fee = %(fee)s,
    refund = %(refund)s,
    expires_at = %(expires_at)s, deposit_due_at = %(deposit_due_at)s,
    confirmed_at = %(confirmed_at)s, checked_in_at = %(checked_in_at)s,
    checked_out_at = %(checked_out_at)s, ended_at = %(ended_at)s,
    rescheduled_to = %(rescheduled_to)s
WHERE id = %(id)s AND status = %(expected)s
"""
_HISTORY = """
INSERT INTO bookings.booking_history
    (id, booking_id, at, action, actor, actor_id, from_status, to_status)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_HELD = "(status = 'confirmed' OR (status = 'accepted' AND deposit_due_at > %(now)s))"


class Bookings:
    """The tables `bookings.bookings` and `bookings.booking_history`.

    Whoever changes something holds the provider's lock.
    """

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def by_id(self, booking_id: UUID) -> Booking | None:
        """Return a booking, whatever its state."""
        row = self._work.execute(
            f"SELECT {COLUMNS} FROM bookings.bookings WHERE id = %s",  # noqa: S608
            (booking_id,),
        ).fetchone()
        return to_booking(row) if row else None

    def held(
        self, escort_id: UUID, within: Span, now: datetime, *, besides: UUID | None = None
    ) -> list[Span]:
        """Return the padded time that is taken; what waits for a late deposit is not.

        A booking that is to be moved does not stand in its own way: `besides`.
        """
        rows = self._work.execute(
            f"""
            SELECT lower(padded) AS starts_at, upper(padded) AS ends_at FROM bookings.bookings
            WHERE escort_id = %(escort_id)s AND status IN ('accepted', 'confirmed') AND {_HELD}
                AND padded && tstzrange(%(start)s, %(end)s) AND id IS DISTINCT FROM %(besides)s
            ORDER BY padded
            """,  # noqa: S608
            {
                "escort_id": escort_id,
                "now": now,
                "start": within.start,
                "end": within.end,
                "besides": besides,
            },
        )
        return [Span(row["starts_at"], row["ends_at"]) for row in rows]

    def holding(self, escort_id: UUID, within: Span, now: datetime) -> list[Booking]:
        """Return the bookings behind the time that is taken."""
        rows = self._work.execute(
            f"""
            SELECT {COLUMNS} FROM bookings.bookings
            WHERE escort_id = %(escort_id)s AND status IN ('accepted', 'confirmed') AND {_HELD}
                AND padded && tstzrange(%(start)s, %(end)s)
            ORDER BY padded
            """,  # noqa: S608
            {"escort_id": escort_id, "now": now, "start": within.start, "end": within.end},
        )
        return [to_booking(row) for row in rows]

    def stale(self, escort_id: UUID, within: Span, now: datetime) -> list[Booking]:
        """Return the bookings in this time whose deposit did not come."""
        rows = self._work.execute(
            f"""
            SELECT {COLUMNS} FROM bookings.bookings
            WHERE escort_id = %s AND status = 'accepted' AND deposit_due_at <= %s
                AND padded && tstzrange(%s, %s)
            ORDER BY id
            """,  # noqa: S608
            (escort_id, now, within.start, within.end),
        )
        return [to_booking(row) for row in rows]

    def open_requests(self, client_id: UUID, now: datetime) -> Counter[UUID]:
        """Return how many requests of a client wait for an answer, by provider.

        Nobody else counts them for this client until we are done. What has expired does not wait,
        whether or not its timer has run.
        """
        self._work.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('bookings.requests ' || %s, 0))",
            (str(client_id),),
        )
        rows = self._work.execute(
            """
            SELECT escort_id, count(*) AS waiting FROM bookings.bookings
            WHERE client_id = %s AND status = 'requested'
                AND least(expires_at, lower(period)) > %s
            GROUP BY escort_id
            """,
            (client_id, now),
        )
        return Counter({row["escort_id"]: row["waiting"] for row in rows})

    def add(self, booking: Booking) -> None:
        """Store a new booking; refuse one whose time is taken."""
        with _kept_apart():
            self._work.execute(
                _INSERT,
                {
                    **booking_row(booking),
                    "price": json.dumps(quote_json(booking.quote)),
                    "policy": json.dumps(policy_json(booking.policy)),
                },
            )

    def save(self, move: Moved, actor: Actor, actor_id: UUID | None, now: datetime) -> None:
        """Store a move and remember who made it; refuse one whose time is taken."""
        self.update(move.before.status, move.after)
        self.remember(
            move.after, move.rule.action, actor, actor_id, now, came_from=move.before.status
        )

    def update(self, expected: Status, booking: Booking) -> None:
        """Store a booking that was in the state `expected`; refuse it where somebody was faster."""
        with _kept_apart():
            cursor = self._work.execute(_UPDATE, {**booking_row(booking), "expected": expected})
        if cursor.rowcount != 1:
            raise Conflict("booking-changed", "Somebody was faster: look at the booking again.")

    def remember(
        self,
        booking: Booking,
        action: str,
        actor: Actor,
        actor_id: UUID | None,
        now: datetime,
        *,
        came_from: Status | None,
    ) -> None:
        """Write a line of its history."""
        row = (new_id(), booking.id, now, action, actor, actor_id, came_from, booking.status)
        self._work.execute(_HISTORY, row)

    def history(self, booking_id: UUID) -> list[dict[str, Any]]:
        """Return what happened to it: at, action, actor, from_status, to_status."""
        return self._work.execute(
            """
            SELECT at, action, actor, from_status, to_status FROM bookings.booking_history
            WHERE booking_id = %s ORDER BY at, id
            """,
            (booking_id,),
        ).fetchall()

    def of(
        self,
        column: str,
        user_id: UUID | None,
        *,
        statuses: Sequence[Status] = (),
        within: Span | None = None,
        after: tuple[datetime, UUID] | None = None,
        newest_first: bool = False,
        limit: int,
    ) -> list[Booking]:
        """Return somebody's bookings by their beginning; `column` is provider_id or client_id."""
        conditions, params = _conditions(column, user_id, statuses, within)
        sign, order = ("<", "DESC") if newest_first else (">", "ASC")
        if after is not None:
            conditions.append(f"(lower(period), id) {sign} (%(after_at)s, %(after_id)s)")
            params |= {"after_at": after[0], "after_id": after[1]}
        rows = self._work.execute(
            f"""
            SELECT {COLUMNS} FROM bookings.bookings
            WHERE {" AND ".join(conditions) or "true"}
            ORDER BY lower(period) {order}, id {order} LIMIT %(limit)s
            """,  # noqa: S608 - conditions and columns of ours
            params | {"limit": limit},
        )
        return [to_booking(row) for row in rows]


_COLUMNS = frozenset({"provider_id", "client_id"})


def _conditions(
    column: str, user_id: UUID | None, statuses: Sequence[Status], within: Span | None
) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    params: dict[str, Any] = {}
    if user_id is not None:
        if column not in _COLUMNS:
            raise ValueError(column)
        conditions.append(f"{column} = %(user_id)s")
        params["user_id"] = user_id
    if statuses:
        # Words of ours, written out: of a parameter the planner cannot tell that the index of
        # what is open has it all.
        words = ", ".join(f"'{Status(status)}'" for status in statuses)
        conditions.append(f"status IN ({words})")
    if within is not None:
        conditions.append("lower(period) < %(until)s AND upper(period) > %(since)s")
        # A meeting is at most 14 days long, so the index knows where to begin.
        conditions.append("lower(period) >= %(since)s - interval '14 days'")
        params |= {"since": within.start, "until": within.end}
    return conditions, params


@contextmanager
def _kept_apart() -> Iterator[None]:
    try:
        yield
    except ExclusionViolation as error:
        raise Conflict(
            "time-taken",
            "Another booking has this time already, buffers included.",
            field="start",
        ) from error
