"""Responses to forms, and forms of the staff pages."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import AfterValidator, Field

from escorts.schemas.fields import Line, Name, Reason
from kit.datetime_fields import require_plausible_year
from kit.http import Request as Body
from kit.pages import TemplateRenderer

pages = TemplateRenderer("escorts")
UNPROCESSABLE = 422


def redirect(path: str) -> RedirectResponse:
    """Redirect the browser after a form, so that reloading repeats nothing."""
    return RedirectResponse(path, status_code=303)


def render(request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """Render a page; a status from 400 on rolls the transaction back."""
    return pages.render(request, template, status, **values)


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

    document_checked_at: Annotated[UtcMoment, Field(title="Document checked")]
    liveness_checked_at: Annotated[UtcMoment, Field(title="Liveness checked")]
    expires_on: Annotated[date, Field(title="Valid until")]


class ReasonForm(Body):
    """Form with the reason that the provider reads."""

    reason: Reason
