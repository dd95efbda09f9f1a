"""Draft of a booking request: all values are in the form, none on the server.

Private values are only sent as a body, never in a URL. Each step carries the values of the others,
so going back and forth loses nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bookings.domain.pricing import QuoteRequest
from bookings.domain.settings import MAX_ANSWER, Question
from bookings.domain.text_limits import MAX_ADDRESS, MAX_TEXT, clean_text
from bookings.domain.venue import Venue
from bookings.pages.slots import parse_start
from bookings.service.requests import NewRequest
from kit.errors import DomainError, Invalid
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors, read_form

LABELS = {
    "service": N_("Service"),
    "duration": N_("Duration"),
    "venue": N_("Where"),
    "extras": N_("Extras"),
    "start": N_("Time"),
    "specialRequests": N_("Special requests"),
    "address": N_("Address"),
    "agree": N_("Agreement"),
}
_ANSWER = "answer-"
_CHOICES = ("service", "duration", "venue", "extras", "urgent", "start")
_PRIVATE = ("specialRequests", "address")
# API field names that differ from the form's field.
_FIELDS = {"services": "service", "date": "start", "time": "start", "location": "address"}


class RequestDraftForm(BaseModel):
    """Every field of every step, as text; answers are extra fields by question."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel, populate_by_name=True)

    service: str = ""
    duration: str = ""
    venue: str = ""
    extras: list[str] = Field(default_factory=list)
    urgent: str = ""
    start: str = ""
    special_requests: str = ""
    address: str = ""
    agree: str = ""
    policy_version: str = ""
    amount: str = ""
    key: str = ""
    day: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """A booking request as far as it is filled in."""

    form: RequestDraftForm
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_started(self) -> bool:
        """Whether a service, duration or venue was chosen."""
        return bool(self.form.service or self.form.duration or self.form.venue)

    @property
    def has_private_text(self) -> bool:
        """Whether the draft contains values that must not be in a URL."""
        return bool(self.answers or self.form.special_requests or self.form.address)

    def quote_request(self) -> QuoteRequest:
        """Return the request to price, or name the missing field."""
        form = self.form
        if not form.service:
            raise Invalid("service-missing", _("Choose one."), field="service")
        if not form.duration.isdecimal() or len(form.duration) > 6:
            raise Invalid("duration-missing", _("Choose a duration."), field="duration")
        if form.venue not in set(Venue):
            raise Invalid("venue-missing", _("Choose a place."), field="venue")
        return QuoteRequest(
            services=(form.service,),
            duration_minutes=int(form.duration),
            venue=Venue(form.venue),
            extras=tuple(form.extras),
            urgent=form.urgent == "true",
        )

    def start(self) -> datetime:
        """Return the chosen start."""
        return parse_start(self.form.start)

    def city(self) -> str | None:
        """Return the city of the chosen start, which the page sent with the time."""
        return self.form.start.partition("@")[2] or None

    def length(self) -> timedelta:
        """Return the chosen duration."""
        return timedelta(minutes=self.quote_request().duration_minutes)

    def day(self) -> date | None:
        """Return the displayed day, if any."""
        return _date(self.form.day)

    def start_day(self, zone: str) -> date | None:
        """Return the day of the chosen start, if any."""
        try:
            return self.start().astimezone(ZoneInfo(zone)).date()
        except (DomainError, OverflowError):
            return None

    def since(self) -> date | None:
        """Return the first day of the displayed week, if any."""
        return _date(self.form.since)

    def to_request(self, profile_id: UUID) -> NewRequest:
        """Return the request, at the price and under the policy that the page showed."""
        form = self.form
        return NewRequest(
            profile_id=profile_id,
            start=self.start(),
            quote_request=self.quote_request(),
            policy_version=int(form.policy_version) if form.policy_version.isdecimal() else None,
            amount_minor=int(form.amount) if form.amount.isdecimal() else None,
            city=self.city(),
            answers=dict(self.answers),
            special_requests=form.special_requests,
            address=form.address,
        )

    def detail_errors(self, questions: tuple[Question, ...]) -> dict[str, str]:
        """Return all errors of the details at once."""
        wrong = {}
        for question in questions:
            if question.required and not self.answers.get(question.key, "").strip():
                wrong[_ANSWER + question.key] = _("This answer is needed.")
        texts = {
            _ANSWER + question.key: (self.answers.get(question.key, ""), MAX_ANSWER)
            for question in questions
        } | {
            "specialRequests": (self.form.special_requests, MAX_TEXT),
            "address": (self.form.address, MAX_ADDRESS),
        }
        for name, (text, most) in texts.items():
            try:
                clean_text(text, most, name)
            except Invalid as error:
                wrong[name] = error.message
        return wrong

    def to_form(
        self, errors: Mapping[str, str] | None = None, questions: tuple[Question, ...] = ()
    ) -> Form:
        """Return the form for a page."""
        values = self.form.model_dump(by_alias=True)
        values |= {_ANSWER + key: text for key, text in self.answers.items()}
        labels = LABELS | {_ANSWER + question.key: question.text for question in questions}
        return FormErrors(values, errors, labels) if errors else Form(values)

    def to_refused_form(self, error: DomainError, questions: tuple[Question, ...] = ()) -> Form:
        """Return the form with an error at its field."""
        return self.to_form({form_field(error): error.message}, questions)

    def hidden_fields(self, *besides: str) -> list[tuple[str, str]]:
        """Return hidden fields for values that the current page does not ask for."""
        return [(name, text) for name, text in self._all() if name not in besides and text]

    def url_fields(self) -> list[tuple[str, str]]:
        """Return the values that may be in a URL."""
        return [(name, text) for name, text in self._all() if name in _CHOICES and text]

    def _all(self) -> Iterator[tuple[str, str]]:
        values = self.form.model_dump(by_alias=True)
        for name in (*_CHOICES, *_PRIVATE):
            value = values[name]
            if isinstance(value, list):
                yield from ((name, item) for item in value)
            else:
                yield name, value
        yield from ((_ANSWER + key, text) for key, text in self.answers.items())


async def read_request_draft(request: Request) -> RequestDraft:
    """Return the draft of a form's body, or of the URL."""
    if request.method == "POST":
        form = await read_form(request, RequestDraftForm)
        if isinstance(form, FormErrors):
            raise Invalid("not-a-form", _("Submit the form on the page."))
    else:
        query = request.query_params
        values = {name: query[name] for name in (*_CHOICES, "day", "since") if name in query}
        form = RequestDraftForm.model_validate(values | {"extras": query.getlist("extras")})
    besides = form.model_extra or {}
    answers = {
        name.removeprefix(_ANSWER): str(text)
        for name, text in besides.items()
        if name.startswith(_ANSWER)
    }
    return RequestDraft(form, answers)


def form_field(error: DomainError) -> str:
    """Return the form's field name for the field of an error."""
    first, _, rest = (error.field or "").partition(".")
    if first == "answers":
        return _ANSWER + rest
    first = _FIELDS.get(first, first)
    return first if first in LABELS else ""


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
