"""Repository of proposals of another time."""

import json
from collections.abc import Iterable
from uuid import UUID

from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.transitions import Actor
from bookings.repository.mappers import quote_json, to_proposal
from kit.db import UnitOfWork

_COLUMNS = """
id, booking_id, proposed_by, lower(period) AS starts_at, upper(period) AS ends_at, city,
time_zone, amount_minor, currency, price, status, made_at
"""


class ProposalRepository:
    """Repository of the table `bookings.proposals`. Writes require the provider's lock."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def get_open(self, booking_id: UUID) -> Proposal | None:
        """Return the open proposal of a booking."""
        row = self._work.execute(
            f"SELECT {_COLUMNS} FROM bookings.proposals WHERE booking_id = %s AND status = 'open'",  # noqa: S608
            (booking_id,),
        ).fetchone()
        return to_proposal(row) if row else None

    def list_open_proposed_by(self, by: Actor, booking_ids: Iterable[UUID]) -> set[UUID]:
        """Return those of these bookings with an open proposal by this actor."""
        rows = self._work.execute(
            """
            SELECT booking_id FROM bookings.proposals
            WHERE booking_id = ANY(%s) AND status = 'open' AND proposed_by = %s
            """,
            (list(booking_ids), by),
        )
        return {row["booking_id"] for row in rows}

    def list_for_booking(self, booking_id: UUID) -> list[Proposal]:
        """Return all proposals of a booking, oldest first."""
        rows = self._work.execute(
            f"SELECT {_COLUMNS} FROM bookings.proposals WHERE booking_id = %s ORDER BY made_at, id",  # noqa: S608
            (booking_id,),
        )
        return [to_proposal(row) for row in rows]

    def add(self, proposal: Proposal) -> None:
        """Insert an open proposal; the previous one becomes superseded."""
        self.close_open(proposal.booking_id, ProposalStatus.SUPERSEDED)
        self._work.execute(
            """
            INSERT INTO bookings.proposals
                (id, booking_id, proposed_by, period, city, time_zone, amount_minor, currency,
                 price, made_at)
            VALUES (%s, %s, %s, tstzrange(%s, %s), %s, %s, %s, %s, %s, %s)
            """,
            (
                proposal.id,
                proposal.booking_id,
                proposal.proposed_by,
                proposal.period.start,
                proposal.period.end,
                proposal.place.city,
                proposal.place.time_zone,
                proposal.quote.total.minor_units,
                proposal.quote.total.currency,
                json.dumps(quote_json(proposal.quote)),
                proposal.made_at,
            ),
        )

    def close_open(self, booking_id: UUID, status: ProposalStatus) -> None:
        """Close the open proposal, if there is one."""
        self._work.execute(
            """
            UPDATE bookings.proposals SET status = %s WHERE booking_id = %s AND status = 'open'
            """,
            (status, booking_id),
        )
