"""Answering a form, and one that was refused."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import AfterValidator, Field

from escorts.schemas.fields import Line, Name, Reason
from kit.datetime_fields import plausible
from kit.http import Request as Body
from kit.pages import TemplateRenderer

pages = TemplateRenderer("escorts")
UNPROCESSABLE = 422


def redirect(path: str) -> RedirectResponse:
    """Lead the browser on after a form, so that reloading repeats nothing."""
    return RedirectResponse(path, status_code=303)


def render(request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """Answer with a page of our own; from 400 on the transaction is undone."""
    return pages.render(request, template, status, **values)


def _assume_utc(moment: datetime) -> datetime:
    """Take a date and time without a zone, as browsers send it, for UTC (the label says so)."""
    return plausible(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


type UtcMoment = Annotated[datetime, AfterValidator(_assume_utc)]


class CreateProfileForm(Body):
    """The little that a profile begins with."""

    name: Name
    city: Line
    date_of_birth: date


class VerifyForm(Body):
    """What a member of staff checked."""

    document_checked_at: Annotated[UtcMoment, Field(title="Document checked")]
    liveness_checked_at: Annotated[UtcMoment, Field(title="Liveness checked")]
    expires_on: Annotated[date, Field(title="Valid until")]


class ReasonForm(Body):
    """Why; the provider reads it."""

    reason: Reason
