"""Constraints of the database that name statuses."""

from bookings.domain.transitions import SLOT_HOLDING_STATUSES, Status
from kit.db import Database


def test_slot_holding_statuses_match_exclusion_constraint(database: Database) -> None:
    with database.transaction() as work:
        rows = work.execute(
            """
            SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
            WHERE conrelid = 'bookings.bookings'::regclass AND contype = 'x'
            """
        ).fetchall()

    assert len(rows) == 1
    named = {status for status in Status if f"'{status}'" in rows[0]["definition"]}
    assert named == SLOT_HOLDING_STATUSES
