"""Legal holds and forgetting, as the API takes and shows them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from crm.domain.erasure_receipt import ErasureReceipt
from crm.domain.legal_holds import Hold
from crm.schemas.fields import Line
from crm.service.legal_holds import LegalHoldList
from kit.http import Request, Response


class PlaceHold(Request):
    """What must stay, and why."""

    client_id: UUID | None = Field(None, description="Nobody: the whole book.")
    reason: Line


class HoldView(Response):
    """A legal hold."""

    id: UUID
    client_id: UUID | None
    client_name: str | None
    reason: str
    placed_at: datetime
    released_at: datetime | None

    @classmethod
    def from_domain(cls, hold: Hold, client_name: str | None = None) -> "HoldView":
        """Return it as it is shown."""
        return cls(
            id=hold.id,
            client_id=hold.client_id,
            client_name=client_name,
            reason=hold.reason,
            placed_at=hold.placed_at,
            released_at=hold.released_at,
        )


class HoldsView(Response):
    """The latest 200, those in force first."""

    items: list[HoldView]

    @classmethod
    def from_domain(cls, page: LegalHoldList) -> "HoldsView":
        """Return the list as it is shown."""
        names = page.names
        return cls(
            items=[
                HoldView.from_domain(one, names.get(one.client_id) if one.client_id else None)
                for one in page.items
            ]
        )


class ErasureReceiptView(Response):
    """What stands in the audit trail of somebody who was forgotten."""

    client_hash: str
    forgotten_at: datetime
    counts: dict[str, int] = Field(description="How many rows went, by table.")

    @classmethod
    def from_domain(cls, proof: ErasureReceipt) -> "ErasureReceiptView":
        """Return it as it is shown."""
        return cls(
            client_hash=proof.client_hash, forgotten_at=proof.forgotten_at, counts=proof.counts
        )
