"""Legal holds and forgetting, as the API takes and shows them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from crm.domain.erasure_receipt import ErasureReceipt
from crm.domain.legal_holds import LegalHold
from crm.schemas.fields import Line
from crm.service.legal_holds import LegalHoldList
from kit.http import Request, Response


class PlaceLegalHoldBody(Request):
    """What must stay, and why."""

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
        """Return it as it is shown."""
        return cls(
            id=hold.id,
            client_id=hold.client_id,
            client_name=client_name,
            reason=hold.reason,
            placed_at=hold.placed_at,
            released_at=hold.released_at,
        )


class LegalHoldsView(Response):
    """The latest 200, those in force first."""

    items: list[LegalHoldView]

    @classmethod
    def from_domain(cls, page: LegalHoldList) -> "LegalHoldsView":
        """Return the list as it is shown."""
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
    """What stands in the audit trail of somebody who was forgotten."""

    client_hash: str
    forgotten_at: datetime
    counts: dict[str, int] = Field(description="How many rows went, by table.")

    @classmethod
    def from_domain(cls, receipt: ErasureReceipt) -> "ErasureReceiptView":
        """Return it as it is shown."""
        return cls(
            client_hash=receipt.client_hash, forgotten_at=receipt.erased_at, counts=receipt.counts
        )
