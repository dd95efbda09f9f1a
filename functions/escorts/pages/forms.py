"""Renderer of the templates, and forms of creating and of reviewing a profile."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from escorts.schemas.fields import Line, Name, Reason
from kit.datetime_fields import require_plausible_year
from kit.http import Request as Body
from kit.i18n import N_
from kit.pages import TemplateRenderer

pages = TemplateRenderer("escorts")


def _assume_utc(moment: datetime) -> datetime:
    """Take a date and time without a zone, as browsers send it, for UTC (the label says so)."""
    return require_plausible_year(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


type UtcMoment = Annotated[datetime, AfterValidator(_assume_utc)]


class CreateProfileForm(Body):
    """Form to create a profile."""

    name: Name
    city: Line
    date_of_birth: date


class VerifyForm(Body):
    """Form with the dates of the checks by a staff member."""

    document_checked_at: Annotated[UtcMoment, Field(title=N_("Document checked"))]
    liveness_checked_at: Annotated[UtcMoment, Field(title=N_("Liveness checked"))]
    expires_on: Annotated[date, Field(title=N_("Valid until"))]


class ReasonForm(Body):
    """Form with the reason that the provider reads."""

    reason: Reason
