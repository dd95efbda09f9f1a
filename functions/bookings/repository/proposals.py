"""Other times that one side asks for."""

import json
from collections.abc import Iterable
from uuid import UUID

from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.transitions import Actor
from bookings.repository.mappers import quote_json, to_proposal
from kit.db import UnitOfWork

_COLUMNS = """
id, booking_id, by, lower(period) AS starts_at, upper(period) AS ends_at, city, zone, amount,
currency, price, status, made_at
"""


class Proposals:
    """The table `bookings.proposals`. Whoever changes something holds the provider's lock."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def open_of(self, booking_id: UUID) -> Proposal | None:
        """Return the open one of a booking."""
        row = self._work.execute(
            f"SELECT {_COLUMNS} FROM bookings.proposals WHERE booking_id = %s AND status = 'open'",  # noqa: S608
            (booking_id,),
        ).fetchone()
        return to_proposal(row) if row else None

    def open_by(self, by: Actor, booking_ids: Iterable[UUID]) -> set[UUID]:
        """Return those of these bookings for which this side asks for another time."""
        rows = self._work.execute(
            """
            SELECT booking_id FROM bookings.proposals
            WHERE booking_id = ANY(%s) AND status = 'open' AND by = %s
            """,
            (list(booking_ids), by),
        )
        return {row["booking_id"] for row in rows}

    def of(self, booking_id: UUID) -> list[Proposal]:
        """Return all of a booking, oldest first."""
        rows = self._work.execute(
            f"SELECT {_COLUMNS} FROM bookings.proposals WHERE booking_id = %s ORDER BY made_at, id",  # noqa: S608
            (booking_id,),
        )
        return [to_proposal(row) for row in rows]

    def add(self, proposal: Proposal) -> None:
        """Store an open proposal; the one before it is superseded."""
        self.close(proposal.booking_id, ProposalStatus.SUPERSEDED)
        self._work.execute(
            """
            INSERT INTO bookings.proposals
                (id, booking_id, by, period, city, zone, amount, currency, price, made_at)
            VALUES (%s, %s, %s, tstzrange(%s, %s), %s, %s, %s, %s, %s, %s)
            """,
            (
                proposal.id,
                proposal.booking_id,
                proposal.by,
                proposal.span.start,
                proposal.span.end,
                proposal.place.city,
                proposal.place.zone,
                proposal.quote.total.minor_units,
                proposal.quote.total.currency,
                json.dumps(quote_json(proposal.quote)),
                proposal.made_at,
            ),
        )

    def close(self, booking_id: UUID, status: ProposalStatus) -> None:
        """End the open one, if there is one."""
        self._work.execute(
            """
            UPDATE bookings.proposals SET status = %s WHERE booking_id = %s AND status = 'open'
            """,
            (status, booking_id),
        )
