"""What the pages' forms send, and answering one that was refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import AfterValidator, Field, field_validator

from escorts.domain.offer import HIGHEST, LONGEST, SHORTEST, Venue
from escorts.schemas.requests import Bio, Clock, Line, Name, Reason, Short, Slug, Word, plausible
from kit.http import Request as Body
from kit.pages import Pages

pages = Pages("escorts")
REFUSED = 422


def _utc(moment: datetime) -> datetime:
    """Take a date and time without a zone, as browsers send it, for UTC (the label says so)."""
    return plausible(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


type Moment = Annotated[datetime, AfterValidator(_utc)]


class StartForm(Body):
    """The little that a profile begins with."""

    name: Name
    city: Line
    date_of_birth: date


class VersionedForm(Body):
    """A change of the profile as it was when the page was made."""

    version: int


class DetailsForm(VersionedForm):
    """What the profile says, without its rates, places and hours."""

    name: Name
    slug: Annotated[Slug | None, Field(title="Address")] = None
    city: Line
    bio: Bio = ""
    languages: list[Word] = []
    services: list[Word] = []
    height_cm: Annotated[int | None, Field(ge=100, le=250, title="Height")] = None
    weight_kg: Annotated[int | None, Field(ge=30, le=250, title="Weight")] = None
    measurements: Short | None = None
    hair_color: Annotated[Short | None, Field(title="Hair")] = None
    eye_color: Annotated[Short | None, Field(title="Eyes")] = None
    ethnicity: Line | None = None
    date_of_birth: date | None = None


class RateForm(VersionedForm):
    """One more rate."""

    service: Word
    duration_minutes: Annotated[int, Field(ge=SHORTEST, le=LONGEST, title="Duration")]
    price: Annotated[Decimal, Field(gt=0, le=HIGHEST // 100, decimal_places=2)]
    currency: Word
    venue: Venue


class PlaceForm(VersionedForm):
    """One more part of the city."""

    place: Line


class HoursForm(VersionedForm):
    """The same hours on one or more weekdays."""

    weekdays: Annotated[list[int], Field(min_length=1, max_length=7)]
    start: Annotated[Clock, Field(title="From")]
    end: Annotated[Clock, Field(title="Until")]

    @field_validator("weekdays")
    @classmethod
    def _are_weekdays(cls, weekdays: list[int]) -> list[int]:
        if not all(1 <= day <= 7 for day in weekdays):
            raise ValueError("Choose days of the week.")
        return sorted(set(weekdays))


class RemoveForm(VersionedForm):
    """Which entry of which list to drop."""

    part: Literal["rates", "locations", "availability"]
    index: Annotated[int, Field(ge=0, lt=100)]


class ConsentForm(Body):
    """The statement, agreed to."""

    consent_version: int
    agree: Annotated[bool, Field(title="The statement", validate_default=True)] = False

    @field_validator("agree")
    @classmethod
    def _is_agreed(cls, agree: bool) -> bool:  # noqa: FBT001 - pydantic calls it
        if not agree:
            raise ValueError("Tick the box if you agree; without it nothing is published.")
        return agree


class VerifyForm(Body):
    """What a member of staff checked."""

    document_checked_at: Annotated[Moment, Field(title="Document checked")]
    liveness_checked_at: Annotated[Moment, Field(title="Liveness checked")]
    expires_on: Annotated[date, Field(title="Valid until")]


class ReasonForm(Body):
    """Why; the provider reads it."""

    reason: Reason


def see(path: str) -> RedirectResponse:
    """Lead the browser on after a form, so that reloading repeats nothing."""
    return RedirectResponse(path, status_code=303)


def show(request: Request, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """Answer with a page of our own; from 400 on the transaction is undone."""
    return pages.render(request, template, status, **context)
