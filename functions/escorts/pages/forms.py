"""Answering a form, and one that was refused."""

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
REFUSED = 422


def see(path: str) -> RedirectResponse:
    """Lead the browser on after a form, so that reloading repeats nothing."""
    return RedirectResponse(path, status_code=303)


def show(request: Request, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """Answer with a page of our own; from 400 on the transaction is undone."""
    return pages.render(request, template, status, **context)


def _utc(moment: datetime) -> datetime:
    """Take a date and time without a zone, as browsers send it, for UTC (the label says so)."""
    return require_plausible_year(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


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
