"""Moments that people write, as fields of what they send."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, StringConstraints


def plausible(moment: datetime) -> datetime:
    """Refuse a year that is a typing error, before anybody counts with it."""
    if not 2000 <= moment.year < 2200:
        raise ValueError("Check the year.")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(plausible)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
