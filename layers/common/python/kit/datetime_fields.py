"""Date and time fields of request models."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, StringConstraints

from kit.i18n import gettext as _


def require_plausible_year(moment: datetime) -> datetime:
    """Refuse a year that is a typing error, before it enters any calculation."""
    if not 2000 <= moment.year < 2200:
        raise ValueError(_("Check the year."))
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(require_plausible_year)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
