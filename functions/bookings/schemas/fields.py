"""Field types with limits, shared by request models."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from bookings.domain.settings import MAX_ANSWER
from bookings.domain.text_limits import MAX_ADDRESS, MAX_NOTE, MAX_REASON, MAX_TEXT
from kit.text_fields import TEXT, normalize_line_ends


class BookingVenue(StrEnum):
    """Venue of a meeting: at the provider's, at the client's, or travelling together."""

    INCALL = "incall"
    OUTCALL = "outcall"
    TRAVEL = "travel"


class BookingStatus(StrEnum):
    """Status of a booking."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    NO_SHOW = "no-show"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"


Text = Annotated[
    str, StringConstraints(max_length=MAX_TEXT, pattern=TEXT), BeforeValidator(normalize_line_ends)
]
AnswerText = Annotated[
    str,
    StringConstraints(max_length=MAX_ANSWER, pattern=TEXT),
    BeforeValidator(normalize_line_ends),
]
Reason = Annotated[
    str,
    StringConstraints(max_length=MAX_REASON, pattern=TEXT),
    BeforeValidator(normalize_line_ends),
]
Address = Annotated[
    str,
    StringConstraints(max_length=MAX_ADDRESS, pattern=TEXT),
    BeforeValidator(normalize_line_ends),
]
Note = Annotated[
    str, StringConstraints(max_length=MAX_NOTE, pattern=TEXT), BeforeValidator(normalize_line_ends)
]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Label = Annotated[str, StringConstraints(max_length=200, pattern=TEXT)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Cursor = Annotated[str, StringConstraints(max_length=1024)]
# The use cases check the bounds; these limits only keep numbers computable.
Minutes = Annotated[int, Field(ge=-1_000_000, le=1_000_000, description="Minutes.")]
MinorUnits = Annotated[int, Field(gt=0, le=10**12)]
WholeUnits = Annotated[Decimal, Field(gt=0, le=10**10, allow_inf_nan=False)]
