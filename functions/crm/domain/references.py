"""References: people whom a client named to be asked about the client.

These people did not agree to be stored, so they are deleted some time after their answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from crm.domain.enums import ReferenceStatus

DELETE_AFTER_DAYS = 90
PLAINTEXT_COLUMNS = ("status", "contacted_at", "answered_at", "forget_after_days", "forgotten_on")
_ENCRYPTED_FIELDS = ("name", "contact", "relationship", "notes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Reference that a client named; the identity is encrypted."""

    name: str
    contact: str = ""
    relationship: str = ""
    notes: str = ""
    status: ReferenceStatus = ReferenceStatus.PENDING
    contacted_at: datetime | None = None
    answered_at: datetime | None = None
    forget_after_days: int = DELETE_AFTER_DAYS
    forgotten_on: datetime

    def with_deletion_date(
        self, begun_at: datetime, before: "Reference | None", now: datetime
    ) -> "Reference":
        """Return the reference with the time of its answer and its deletion date.

        The date counts from the answer; without an answer, from the creation or the latest contact.
        """
        if self.status is ReferenceStatus.PENDING:
            answered_at = None
        elif before is not None and before.status is self.status:
            answered_at = before.answered_at
        else:
            answered_at = now
        counted_from = answered_at or max(begun_at, self.contacted_at or begun_at)
        return replace(
            self,
            answered_at=answered_at,
            forgotten_on=counted_from + timedelta(days=self.forget_after_days),
        )

    def plaintext_columns(self) -> dict[str, Any]:
        """Return the values of the plaintext columns."""
        return {name: getattr(self, name) for name in PLAINTEXT_COLUMNS}

    def encrypted_payload(self) -> dict[str, Any]:
        """Return the JSON document to encrypt, without empty values."""
        return {name: text for name in _ENCRYPTED_FIELDS if (text := getattr(self, name))}

    @classmethod
    def from_columns(cls, clear: Mapping[str, Any], document: Mapping[str, Any]) -> Self:
        """Return the reference from its columns and decrypted document."""
        return cls(
            **{name: clear[name] for name in PLAINTEXT_COLUMNS if name != "status"},
            status=ReferenceStatus(clear["status"]),
            **{name: document.get(name, "") for name in _ENCRYPTED_FIELDS},
        )
