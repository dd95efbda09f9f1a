"""What people write, field by field, wherever they write it."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints

# No control characters, and none that turn the direction of writing around.
_UNSEEN = r"\x00-\x08\x0b-\x1f\x7f\u2028-\u202e\u2066-\u2069"
_LINE = rf"^[^{_UNSEEN}\t\n]+$"
_TEXT = rf"^[^{_UNSEEN}]*$"


def _lines(value: object) -> object:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def plausible(moment: datetime) -> datetime:
    """Refuse a year that is a typing error, before anybody counts with it."""
    if not 2000 <= moment.year < 2200:
        raise ValueError("Check the year.")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(plausible)]
Name = Annotated[str, StringConstraints(min_length=2, max_length=100, pattern=_LINE)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_LINE)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=_LINE)]
Bio = Annotated[str, StringConstraints(max_length=1000, pattern=_TEXT), BeforeValidator(_lines)]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500, pattern=_TEXT)]
Word = Annotated[str, StringConstraints(max_length=40)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Slug = Annotated[str, StringConstraints(max_length=60)]
