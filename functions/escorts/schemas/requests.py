"""Requests of the JSON API; the pages' forms map to the same domain objects."""

from datetime import date, datetime, time
from typing import Annotated, Self

from pydantic import (
    Field,
    StringConstraints,
    model_validator,
)

from escorts.domain import offer
from escorts.domain.offer import Location, Rate, Venue, WeeklyRule
from escorts.domain.profiles import Attributes, Content
from escorts.domain.verification import MAX_CHECK_AGE, VerificationChecks
from escorts.schemas.fields import Bio, Line, Name, Reason, Short, Slug, Word
from escorts.service.moderation import VerificationDecision
from kit.datetime_fields import Clock, Moment
from kit.errors import Invalid
from kit.http import Request
from kit.i18n import gettext as _
from kit.money import Money


class QueueQuery(Request):
    """Page of a queue."""

    cursor: Annotated[str, StringConstraints(max_length=1024)] | None = None
    limit: int = Field(20, ge=1, le=50)


class RateBody(Request):
    """Price of a service. `amountMinor` counts cents (or the currency's own smallest unit)."""

    service: Word
    duration_minutes: int = Field(ge=offer.MIN_DURATION_MINUTES, le=offer.MAX_DURATION_MINUTES)
    amount_minor: int = Field(gt=0, le=offer.MAX_AMOUNT)
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    venue: Venue

    def to_rate(self) -> Rate:
        """Return the domain object."""
        price = Money(self.amount_minor, self.currency)
        return Rate(self.service, self.duration_minutes, price, self.venue)


class LocationBody(Request):
    """Part of the city. A point is optional and rounded to about one kilometre before it is stored."""

    place: Line
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)

    @model_validator(mode="after")
    def _whole_point(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError(_("Give both latitude and longitude, or neither."))
        return self


class WeeklyHoursBody(Request):
    """Hours of a weekday (Monday is 1) in the city's time; an end before the start is on the next day."""

    weekday: int = Field(ge=1, le=7)
    start: Clock
    end: Clock

    def to_rule(self) -> WeeklyRule:
        """Return the domain object."""
        return WeeklyRule(
            self.weekday, time.fromisoformat(self.start), time.fromisoformat(self.end)
        )


class ContentBody(Request):
    """Content of a profile. Only name and city are required at first; the checklist names the rest."""

    name: Name = Field(description="The public name; never the legal one.")
    city: Line
    bio: Bio = ""
    height_cm: int | None = Field(None, ge=100, le=250)
    weight_kg: int | None = Field(None, ge=30, le=250)
    measurements: Short | None = None
    hair_color: Short | None = None
    eye_color: Short | None = None
    ethnicity: Line | None = None
    languages: list[Word] = Field(default=[], max_length=15, description="ISO 639-1 codes.")
    services: list[Word] = Field(default=[], max_length=15)
    rates: list[RateBody] = Field(default=[], max_length=offer.MAX_RATES)
    locations: list[LocationBody] = Field(default=[], max_length=offer.MAX_LOCATIONS)
    availability: list[WeeklyHoursBody] = Field(default=[], max_length=offer.MAX_RULES)

    def to_content(self) -> Content:
        """Return the domain object."""
        return Content(
            name=self.name,
            city=self.city,
            bio=self.bio,
            attributes=Attributes(
                height_cm=self.height_cm,
                weight_kg=self.weight_kg,
                measurements=self.measurements,
                hair_color=self.hair_color,
                eye_color=self.eye_color,
                ethnicity=self.ethnicity,
            ),
            languages=tuple(self.languages),
            services=tuple(self.services),
            rates=tuple(item.to_rate() for item in self.rates),
            locations=tuple(
                Location(item.place, item.latitude, item.longitude) for item in self.locations
            ),
            availability=tuple(item.to_rule() for item in self.availability),
        )


class CreateProfile(ContentBody):
    """New profile. The birth date is stored encrypted; `age` may be left out, it is derived."""

    date_of_birth: date
    age: int | None = None


class UpdateProfile(ContentBody):
    """Whole content: fields that are left out are emptied, except slug and birth date, which stay."""

    slug: Slug | None = None
    date_of_birth: date | None = None


class ConsentBody(Request):
    """Version of the statement that the provider has read and agrees to."""

    consent_version: int = Field(ge=1)


class ReasonBody(Request):
    """Reason that the provider reads."""

    reason: Reason


class VerificationDecisionBody(Request):
    """Decision of staff. `verified` needs both checks, `rejected` and `revoked` need a reason."""

    decision: VerificationDecision
    document_checked_at: Moment | None = None
    liveness_checked_at: Moment | None = None
    expires_at: Moment | None = Field(
        None, description="At most, and by default, 365 days after the older check."
    )
    reason: Reason | None = None

    def to_checks(self) -> VerificationChecks | None:
        """Return the checks, if this decision is based on them."""
        if self.decision is not VerificationDecision.VERIFIED:
            return None
        document = _require_check(self.document_checked_at, "documentCheckedAt")
        liveness = _require_check(self.liveness_checked_at, "livenessCheckedAt")
        return VerificationChecks(
            document, liveness, self.expires_at or min(document, liveness) + MAX_CHECK_AGE
        )


def _require_check(moment: datetime | None, field: str) -> datetime:
    if moment is None:
        raise Invalid("check-missing", _("Enter when this was checked."), field=field)
    return moment
