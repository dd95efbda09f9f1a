"""Events of payments."""

from typing import ClassVar, Literal
from uuid import UUID

from kit.events import Event


class PaymentCaptured(Event):
    """A client's payment for a booking was captured."""

    source: ClassVar[str] = "hellomahi.payments"

    payment_id: UUID
    booking_id: UUID
    purpose: Literal["deposit", "balance"]
    amount_minor: int
    currency: str
