"""Repository of bookings and their history, with the constraint against overlaps."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.errors import ExclusionViolation

from bookings.domain.booking import Booking, TransitionResult
from bookings.domain.transitions import SLOT_HOLDING_STATUSES, Actor, Status
from bookings.repository.mappers import (
    BOOKING_COLUMNS,
    booking_row,
    policy_json,
    quote_json,
    status_literals,
    to_booking,
)
from kit.db import UnitOfWork
from kit.errors import Conflict
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.intervals import Interval

_INSERT = """
INSERT INTO bookings.bookings (id, profile_id, provider_id, client_id, status, period, buffered_period, city,
    time_zone, venue, services, urgent, amount_minor, currency, price, policy, deposit, paid, paid_offline,
    profile_name, address_days, requested_at, expires_at, deposit_due_at, confirmed_at, rescheduled_from)
VALUES (%(id)s, %(profile_id)s, %(provider_id)s, %(client_id)s, %(status)s,
    tstzrange(%(starts_at)s, %(ends_at)s), tstzrange(%(buffered_from)s, %(buffered_to)s), %(city)s,
    %(time_zone)s, %(venue)s, %(services)s, %(urgent)s, %(amount_minor)s, %(currency)s, %(price)s, %(policy)s,
    %(deposit)s, %(paid)s, %(paid_offline)s, %(profile_name)s, %(address_days)s, %(requested_at)s,
    %(expires_at)s, %(deposit_due_at)s, %(confirmed_at)s, %(rescheduled_from)s)
"""
# Only from the status that was read: a second check besides the provider's lock.
_UPDATE = """
UPDATE bookings.bookings
SET status = %(status)s, paid = %(paid)s, paid_offline = %(paid_offline)s, fee = %(fee)s,
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
_HOLDS_SLOT = (
    f"status IN ({status_literals(SLOT_HOLDING_STATUSES)})"
    f" AND (status <> '{Status.ACCEPTED}' OR deposit_due_at > %(now)s)"
)


class BookingRepository:
    """Repository of `bookings.bookings` and `bookings.booking_history`.

    Writes require the provider's lock.
    """

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def by_id(self, booking_id: UUID) -> Booking | None:
        """Return a booking in any status."""
        row = self._work.execute(
            f"SELECT {BOOKING_COLUMNS} FROM bookings.bookings WHERE id = %s",  # noqa: S608
            (booking_id,),
        ).fetchone()
        return to_booking(row) if row else None

    def list_held_periods(
        self, profile_id: UUID, within: Interval, now: datetime, *, excluding: UUID | None = None
    ) -> list[Interval]:
        """Return the buffered periods that are held; an overdue deposit holds nothing.

        A booking that is being rescheduled does not block itself: `excluding`.
        """
        rows = self._work.execute(
            f"""
            SELECT lower(buffered_period) AS starts_at, upper(buffered_period) AS ends_at FROM bookings.bookings
            WHERE profile_id = %(profile_id)s AND {_HOLDS_SLOT}
                AND buffered_period && tstzrange(%(start)s, %(end)s) AND id IS DISTINCT FROM %(excluding)s
            ORDER BY buffered_period
            """,  # noqa: S608
            {
                "profile_id": profile_id,
                "now": now,
                "start": within.start,
                "end": within.end,
                "excluding": excluding,
            },
        )
        return [Interval(row["starts_at"], row["ends_at"]) for row in rows]

    def list_holding(self, profile_id: UUID, within: Interval, now: datetime) -> list[Booking]:
        """Return the bookings behind the held periods."""
        rows = self._work.execute(
            f"""
            SELECT {BOOKING_COLUMNS} FROM bookings.bookings
            WHERE profile_id = %(profile_id)s AND {_HOLDS_SLOT}
                AND buffered_period && tstzrange(%(start)s, %(end)s)
            ORDER BY buffered_period
            """,  # noqa: S608
            {"profile_id": profile_id, "now": now, "start": within.start, "end": within.end},
        )
        return [to_booking(row) for row in rows]

    def list_with_overdue_deposit(
        self, profile_id: UUID, within: Interval, now: datetime
    ) -> list[Booking]:
        """Return the accepted bookings in this period with an overdue deposit."""
        rows = self._work.execute(
            f"""
            SELECT {BOOKING_COLUMNS} FROM bookings.bookings
            WHERE profile_id = %s AND status = 'accepted' AND deposit_due_at <= %s
                AND buffered_period && tstzrange(%s, %s)
            ORDER BY id
            """,  # noqa: S608
            (profile_id, now, within.start, within.end),
        )
        return [to_booking(row) for row in rows]

    def count_open_requests(self, client_id: UUID, now: datetime) -> Counter[UUID]:
        """Return the number of a client's open requests by profile.

        An advisory lock keeps other transactions of this client from counting until this one ends.
        Expired requests do not count, whether or not their timer has run.
        """
        self._work.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('bookings.requests ' || %s, 0))",
            (str(client_id),),
        )
        rows = self._work.execute(
            """
            SELECT profile_id, count(*) AS waiting FROM bookings.bookings
            WHERE client_id = %s AND status = 'requested'
                AND least(expires_at, lower(period)) > %s
            GROUP BY profile_id
            """,
            (client_id, now),
        )
        return Counter({row["profile_id"]: row["waiting"] for row in rows})

    def add(self, booking: Booking) -> None:
        """Insert a booking; refuse a period that is held."""
        with _refuse_overlap():
            self._work.execute(
                _INSERT,
                {
                    **booking_row(booking),
                    "price": json.dumps(quote_json(booking.quote)),
                    "policy": json.dumps(policy_json(booking.policy)),
                },
            )

    def save_transition(
        self, result: TransitionResult, actor: Actor, actor_id: UUID | None, now: datetime
    ) -> None:
        """Save a transition and its history; refuse a period that is held."""
        self.update(result.before.status, result.after)
        self.add_history(
            result.after,
            result.transition.action,
            actor,
            actor_id,
            now,
            from_status=result.before.status,
        )

    def update(self, expected: Status, booking: Booking) -> None:
        """Update a booking in status `expected`; refuse a booking that changed in the meantime."""
        with _refuse_overlap():
            cursor = self._work.execute(_UPDATE, {**booking_row(booking), "expected": expected})
        if cursor.rowcount != 1:
            raise Conflict(
                "booking-changed", _("The booking was changed by someone else: load it again.")
            )

    def add_history(
        self,
        booking: Booking,
        action: str,
        actor: Actor,
        actor_id: UUID | None,
        now: datetime,
        *,
        from_status: Status | None,
    ) -> None:
        """Append a line to the booking's history."""
        row = (new_id(), booking.id, now, action, actor, actor_id, from_status, booking.status)
        self._work.execute(_HISTORY, row)

    def list_history(self, booking_id: UUID) -> list[dict[str, Any]]:
        """Return the booking's history: at, action, actor, from_status, to_status."""
        return self._work.execute(
            """
            SELECT at, action, actor, from_status, to_status FROM bookings.booking_history
            WHERE booking_id = %s ORDER BY at, id
            """,
            (booking_id,),
        ).fetchall()

    def list_for_user(
        self,
        column: str,
        user_id: UUID | None,
        *,
        statuses: Sequence[Status] = (),
        within: Interval | None = None,
        after: tuple[datetime, UUID] | None = None,
        newest_first: bool = False,
        limit: int,
    ) -> list[Booking]:
        """Return an account's bookings by start; `column` is provider_id or client_id."""
        conditions, params = _conditions(column, user_id, statuses, within)
        sign, order = ("<", "DESC") if newest_first else (">", "ASC")
        if after is not None:
            conditions.append(f"(lower(period), id) {sign} (%(after_at)s, %(after_id)s)")
            params |= {"after_at": after[0], "after_id": after[1]}
        rows = self._work.execute(
            f"""
            SELECT {BOOKING_COLUMNS} FROM bookings.bookings
            WHERE {" AND ".join(conditions) or "true"}
            ORDER BY lower(period) {order}, id {order} LIMIT %(limit)s
            """,  # noqa: S608 - conditions and columns are constants
            params | {"limit": limit},
        )
        return [to_booking(row) for row in rows]


_COLUMNS = frozenset({"provider_id", "client_id"})


def _conditions(
    column: str, user_id: UUID | None, statuses: Sequence[Status], within: Interval | None
) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    params: dict[str, Any] = {}
    if user_id is not None:
        if column not in _COLUMNS:
            raise ValueError(column)
        conditions.append(f"{column} = %(user_id)s")
        params["user_id"] = user_id
    if statuses:
        conditions.append(f"status IN ({status_literals(statuses)})")
    if within is not None:
        conditions.append("lower(period) < %(until)s AND upper(period) > %(since)s")
        # A meeting is at most 14 days long, which bounds the index scan.
        conditions.append("lower(period) >= %(since)s - interval '14 days'")
        params |= {"since": within.start, "until": within.end}
    return conditions, params


@contextmanager
def _refuse_overlap() -> Iterator[None]:
    try:
        yield
    except ExclusionViolation as error:
        raise Conflict(
            "time-taken",
            _("Another booking holds this time, buffers included."),
            field="start",
        ) from error
