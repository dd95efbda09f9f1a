"""What people write, field by field, wherever they write it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from bookings.domain.texts import UNSEEN

_TEXT = rf"^[^{UNSEEN}]*$"


def _lines(value: object) -> object:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def plausible(moment: datetime) -> datetime:
    """Refuse a year that is a typing error, before anybody counts with it."""
    if not 2000 <= moment.year < 2200:
        raise ValueError("Check the year.")
    return moment


class BookingVenue(StrEnum):
    """Where a meeting takes place: at the provider's, at the client's, or on the way together."""

    INCALL = "incall"
    OUTCALL = "outcall"
    TRAVEL = "travel"


class BookingStatus(StrEnum):
    """Where a booking stands."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    NO_SHOW = "no-show"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"


Moment = Annotated[AwareDatetime, AfterValidator(plausible)]
Text = Annotated[str, StringConstraints(max_length=1000, pattern=_TEXT), BeforeValidator(_lines)]
Reason = Annotated[str, StringConstraints(max_length=500, pattern=_TEXT), BeforeValidator(_lines)]
Address = Annotated[str, StringConstraints(max_length=500, pattern=_TEXT), BeforeValidator(_lines)]
Note = Annotated[str, StringConstraints(max_length=2000, pattern=_TEXT), BeforeValidator(_lines)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Label = Annotated[str, StringConstraints(max_length=200, pattern=_TEXT)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Cursor = Annotated[str, StringConstraints(max_length=1024)]
# The use cases know the bounds; these only keep numbers such that one can count with them.
Minutes = Annotated[int, Field(ge=-1_000_000, le=1_000_000, description="Minutes.")]
MinorUnits = Annotated[int, Field(gt=0, le=10**12)]
Major = Annotated[Decimal, Field(gt=0, le=10**10, allow_inf_nan=False)]
