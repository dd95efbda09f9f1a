"""Screening of clients: method, result and validity."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from crm.domain.enums import ScreeningResult, ScreeningType
from kit.errors import Invalid
from kit.i18n import gettext as _

MAX_VALIDITY = timedelta(days=5 * 366)
PLAINTEXT_COLUMNS = ("type", "status", "verified_at", "expires_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """One screening of a client; the findings are encrypted."""

    type: ScreeningType
    status: ScreeningResult = ScreeningResult.PENDING
    verified_at: datetime | None = None
    expires_at: datetime | None = None
    details: str = ""
    sites: tuple[str, ...] = ()
    """The client's reference sites that were checked."""

    def verified(self, now: datetime, expires_at: datetime | None) -> "Screening":
        """Return the screening as passed until `expires_at`, or without an end; an expired one can be renewed."""
        if expires_at is not None and not now < expires_at <= now + MAX_VALIDITY:
            raise Invalid(
                "expiry-not-ahead", _("Enter an expiry date within the next five years."),
                field="expiresAt",
            )  # fmt: skip
        return replace(
            self, status=ScreeningResult.VERIFIED, verified_at=now, expires_at=expires_at
        )

    def failed(self) -> "Screening":
        """Return the screening as failed."""
        return replace(self, status=ScreeningResult.FAILED, verified_at=None, expires_at=None)

    def status_at(self, moment: datetime) -> ScreeningResult:
        """Return the result at a moment: past its end, a screening counts as expired at once."""
        if self.expires_at is not None and self.expires_at <= moment:
            return ScreeningResult.EXPIRED
        return self.status

    def plaintext_columns(self) -> dict[str, Any]:
        """Return the values of the plaintext columns."""
        return {name: getattr(self, name) for name in PLAINTEXT_COLUMNS}

    def encrypted_payload(self) -> dict[str, Any]:
        """Return the JSON document to encrypt, without empty values."""
        whole = {"details": self.details, "sites": list(self.sites)}
        return {key: value for key, value in whole.items() if value}

    @classmethod
    def from_columns(cls, clear: Mapping[str, Any], document: Mapping[str, Any]) -> Self:
        """Return the screening from its columns and decrypted document."""
        return cls(
            type=ScreeningType(clear["type"]),
            status=ScreeningResult(clear["status"]),
            verified_at=clear["verified_at"],
            expires_at=clear["expires_at"],
            details=document.get("details", ""),
            sites=tuple(document.get("sites", ())),
        )
