"""What payments tell the others."""

from typing import ClassVar, Literal
from uuid import UUID

from kit.events import Event


class PaymentCaptured(Event):
    """Money of a client has arrived for a booking."""

    source: ClassVar[str] = "hellomahi.payments"

    payment_id: UUID
    booking_id: UUID
    purpose: Literal["deposit", "balance"]
    amount_minor: int
    currency: str
