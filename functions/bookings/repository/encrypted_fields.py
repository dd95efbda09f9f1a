"""Encrypted fields of a booking: encrypted for one booking, decrypted for permitted readers."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from uuid import UUID

from kit.db import UnitOfWork
from kit.envelope import Envelope

PURPOSE = "bookings.private"


class EncryptedField(StrEnum):
    """Fields that are stored encrypted."""

    ANSWERS = "answers"
    MESSAGE = "message"
    SPECIAL_REQUESTS = "special-requests"
    ADDRESS = "address"
    REASON = "reason"
    """Reason for declining or cancelling, for the other participant."""
    CLIENT_NOTE = "client-note"
    PROVIDER_NOTE = "provider-note"


class EncryptedFields:
    """Repository of the table `bookings.encrypted_fields`."""

    def __init__(self, work: UnitOfWork, envelope: Envelope) -> None:
        self._work = work
        self._envelope = envelope

    def save(self, booking_id: UUID, part: EncryptedField, text: str) -> None:
        """Store a field; an empty text deletes it."""
        if not text:
            self.delete(booking_id, [part])
            return
        self._work.execute(
            """
            INSERT INTO bookings.encrypted_fields (booking_id, field, sealed) VALUES (%s, %s, %s)
            ON CONFLICT (booking_id, field) DO UPDATE SET sealed = EXCLUDED.sealed
            """,
            (booking_id, part, self._envelope.seal(text.encode(), _context(booking_id, part))),
        )

    def read(self, booking_id: UUID, parts: Iterable[EncryptedField]) -> dict[EncryptedField, str]:
        """Return those of the fields that are stored."""
        rows = self._work.execute(
            """
            SELECT field, sealed FROM bookings.encrypted_fields
            WHERE booking_id = %s AND field = ANY(%s::bookings.encrypted_field[])
            """,
            (booking_id, [str(part) for part in parts]),
        ).fetchall()
        return {
            part: self._envelope.open(bytes(row["sealed"]), _context(booking_id, part)).decode()
            for row in rows
            for part in (EncryptedField(row["field"]),)
        }

    def move_to_booking(self, old: UUID, new: UUID) -> None:
        """Re-encrypt the fields of a booking for the booking that replaces it."""
        for part, text in self.read(old, EncryptedField).items():
            self.save(new, part, text)
        self.delete(old, [EncryptedField.ADDRESS])

    def delete(self, booking_id: UUID, parts: Iterable[EncryptedField]) -> None:
        """Delete fields for good."""
        delete_fields(self._work, booking_id, parts)

    def seal_address(self, profile_id: UUID, text: str) -> bytes:
        """Return the provider's incall address, encrypted."""
        return self._envelope.seal(text.encode(), {"provider": str(profile_id)})

    def open_address(self, profile_id: UUID, sealed: bytes) -> str:
        """Return the decrypted incall address."""
        return self._envelope.open(sealed, {"provider": str(profile_id)}).decode()


def delete_fields(work: UnitOfWork, booking_id: UUID, parts: Iterable[EncryptedField]) -> None:
    """Delete fields of a booking for good, without decrypting them."""
    work.execute(
        """
        DELETE FROM bookings.encrypted_fields
        WHERE booking_id = %s AND field = ANY(%s::bookings.encrypted_field[])
        """,
        (booking_id, [str(part) for part in parts]),
    )


def delete_reasons_by(work: UnitOfWork, booking_ids: Iterable[UUID], author_id: UUID) -> None:
    """Delete the reasons for declining or cancelling that this account wrote."""
    work.execute(
        """
        DELETE FROM bookings.encrypted_fields p
        WHERE p.booking_id = ANY(%s) AND p.field = 'reason' AND EXISTS (
            SELECT FROM bookings.booking_history h
            WHERE h.booking_id = p.booking_id AND h.actor_id = %s
                AND h.to_status IN ('declined', 'cancelled'))
        """,
        (list(booking_ids), author_id),
    )


def encode_answers(answers: Mapping[str, str]) -> str:
    """Return the answers as one text, empty if there are none."""
    return json.dumps(answers, ensure_ascii=False) if answers else ""


def decode_answers(text: str) -> dict[str, str]:
    """Return the answers in a text."""
    found: dict[str, str] = json.loads(text) if text else {}
    return found


def _context(booking_id: UUID, part: EncryptedField) -> dict[str, str]:
    return {"booking": str(booking_id), "part": part}
