"""The private parts of a booking: sealed for it alone, opened for whoever may read them."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from uuid import UUID

from kit.db import UnitOfWork
from kit.envelope import Envelope

PURPOSE = "bookings.private"


class Part(StrEnum):
    """What is kept sealed."""

    ANSWERS = "answers"
    MESSAGE = "message"
    SPECIAL_REQUESTS = "special-requests"
    ADDRESS = "address"
    REASON = "reason"
    """Why it was declined or cancelled, for the other side."""
    CLIENT_NOTE = "client-note"
    PROVIDER_NOTE = "provider-note"


class PrivateParts:
    """The table `bookings.private_parts`."""

    def __init__(self, work: UnitOfWork, envelope: Envelope) -> None:
        self._work = work
        self._envelope = envelope

    def save(self, booking_id: UUID, part: Part, text: str) -> None:
        """Keep a part; an empty text takes it away."""
        if not text:
            self.forget(booking_id, [part])
            return
        self._work.execute(
            """
            INSERT INTO bookings.private_parts (booking_id, part, sealed) VALUES (%s, %s, %s)
            ON CONFLICT (booking_id, part) DO UPDATE SET sealed = EXCLUDED.sealed
            """,
            (booking_id, part, self._envelope.seal(text.encode(), _context(booking_id, part))),
        )

    def read(self, booking_id: UUID, parts: Iterable[Part]) -> dict[Part, str]:
        """Return those of the parts that are there."""
        rows = self._work.execute(
            """
            SELECT part, sealed FROM bookings.private_parts
            WHERE booking_id = %s AND part = ANY(%s::bookings.private_part[])
            """,
            (booking_id, [str(part) for part in parts]),
        ).fetchall()
        return {
            part: self._envelope.open(bytes(row["sealed"]), _context(booking_id, part)).decode()
            for row in rows
            for part in (Part(row["part"]),)
        }

    def move(self, old: UUID, new: UUID) -> None:
        """Seal the parts of a booking anew for the one that takes its place."""
        for part, text in self.read(old, Part).items():
            self.save(new, part, text)
        self.forget(old, [Part.ADDRESS])

    def forget(self, booking_id: UUID, parts: Iterable[Part]) -> None:
        """Take parts away for good."""
        forget_parts(self._work, booking_id, parts)

    def seal_address(self, escort_id: UUID, text: str) -> bytes:
        """Return where a provider's clients come to, as the database may have it."""
        return self._envelope.seal(text.encode(), {"provider": str(escort_id)})

    def open_address(self, escort_id: UUID, sealed: bytes) -> str:
        """Return it for a person to read."""
        return self._envelope.open(sealed, {"provider": str(escort_id)}).decode()


def forget_parts(work: UnitOfWork, booking_id: UUID, parts: Iterable[Part]) -> None:
    """Take parts of a booking away for good; nothing is opened for that."""
    work.execute(
        """
        DELETE FROM bookings.private_parts
        WHERE booking_id = %s AND part = ANY(%s::bookings.private_part[])
        """,
        (booking_id, [str(part) for part in parts]),
    )


def forget_reasons(work: UnitOfWork, booking_ids: Iterable[UUID], author_id: UUID) -> None:
    """Take away why these bookings were declined or cancelled, where it was this person who did."""
    work.execute(
        """
        DELETE FROM bookings.private_parts p
        WHERE p.booking_id = ANY(%s) AND p.part = 'reason' AND EXISTS (
            SELECT FROM bookings.booking_history h
            WHERE h.booking_id = p.booking_id AND h.actor_id = %s
                AND h.to_status IN ('declined', 'cancelled'))
        """,
        (list(booking_ids), author_id),
    )


def answers_text(answers: Mapping[str, str]) -> str:
    """Return answers as one text, empty where there are none."""
    return json.dumps(answers, ensure_ascii=False) if answers else ""


def answers_of(text: str) -> dict[str, str]:
    """Return the answers in it."""
    found: dict[str, str] = json.loads(text) if text else {}
    return found


def _context(booking_id: UUID, part: Part) -> dict[str, str]:
    return {"booking": str(booking_id), "part": part}
