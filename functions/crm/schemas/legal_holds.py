"""Request and response models of legal holds and erasure receipts."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from crm.domain.erasure_receipt import ErasureReceipt
from crm.domain.legal_holds import LegalHold
from crm.schemas.fields import Line
from crm.service.legal_holds import LegalHoldList
from kit.http import Request, Response


class PlaceLegalHoldBody(Request):
    """A legal hold to place."""

    client_id: UUID | None = Field(None, description="Nobody: the whole book.")
    reason: Line


class LegalHoldView(Response):
    """A legal hold."""

    id: UUID
    client_id: UUID | None
    client_name: str | None
    reason: str
    placed_at: datetime
    released_at: datetime | None

    @classmethod
    def from_domain(cls, hold: LegalHold, client_name: str | None = None) -> "LegalHoldView":
        """Build the response from a hold."""
        return cls(
            id=hold.id,
            client_id=hold.client_id,
            client_name=client_name,
            reason=hold.reason,
            placed_at=hold.placed_at,
            released_at=hold.released_at,
        )


class LegalHoldsView(Response):
    """The latest 200 holds, those in force first."""

    items: list[LegalHoldView]

    @classmethod
    def from_domain(cls, page: LegalHoldList) -> "LegalHoldsView":
        """Build the response from a list of holds."""
        names = page.names
        return cls(
            items=[
                LegalHoldView.from_domain(
                    hold, names.get(hold.client_id) if hold.client_id else None
                )
                for hold in page.items
            ]
        )


class ErasureReceiptView(Response):
    """The receipt of an erased client, as the audit log keeps it."""

    client_hash: str
    forgotten_at: datetime
    counts: dict[str, int] = Field(description="How many rows went, by table.")

    @classmethod
    def from_domain(cls, receipt: ErasureReceipt) -> "ErasureReceiptView":
        """Build the response from a receipt."""
        return cls(
            client_hash=receipt.client_hash, forgotten_at=receipt.erased_at, counts=receipt.counts
        )
