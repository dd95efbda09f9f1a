"""What the forms of providers and of staff send."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from escorts.schemas.fields import Line, Name, Reason
from kit.http import Request as Body
from kit.moments import plausible


def _utc(moment: datetime) -> datetime:
    """Take a date and time without a zone, as browsers send it, for UTC (the label says so)."""
    return plausible(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


type Moment = Annotated[datetime, AfterValidator(_utc)]


class StartForm(Body):
    """The little that a profile begins with."""

    name: Name
    city: Line
    date_of_birth: date


class VerifyForm(Body):
    """What a member of staff checked."""

    document_checked_at: Annotated[Moment, Field(title="Document checked")]
    liveness_checked_at: Annotated[Moment, Field(title="Liveness checked")]
    expires_on: Annotated[date, Field(title="Valid until")]


class ReasonForm(Body):
    """Why; the provider reads it."""

    reason: Reason
