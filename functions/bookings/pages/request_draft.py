"""A request on its way through the pages: everything is in the form, nothing on the server.

What is private is only ever sent as a body, never in an address. Each step carries what the others
asked, so going back and forth loses nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bookings.domain.pricing import Ask
from bookings.domain.settings import LONGEST_ANSWER, Question
from bookings.domain.text_limits import LONGEST_ADDRESS, LONGEST_TEXT, written
from bookings.domain.venue import Venue
from bookings.pages.slots import moment_of
from bookings.service.requests import NewRequest
from kit.errors import DomainError, Invalid
from kit.pages import Form, FormErrors, read_form

LABELS = {
    "service": "Service",
    "duration": "How long",
    "venue": "Where",
    "extras": "Extras",
    "start": "Time",
    "specialRequests": "Special requests",
    "address": "Address",
    "agree": "Agreement",
}
_ANSWER = "answer-"
_CHOICES = ("service", "duration", "venue", "extras", "urgent", "start")
_PRIVATE = ("specialRequests", "address")
# Of a list's item or an older name the form has one field.
_FIELDS = {"services": "service", "date": "start", "time": "start", "location": "address"}


class DraftForm(BaseModel):
    """Every field of every step, as text; answers come besides, each under its question."""

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
class Draft:
    """A request as far as it is written."""

    form: DraftForm
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def started(self) -> bool:
        """Whether anything was chosen yet."""
        return bool(self.form.service or self.form.duration or self.form.venue)

    @property
    def private(self) -> bool:
        """Whether it holds what must not stand in an address."""
        return bool(self.answers or self.form.special_requests or self.form.address)

    def ask(self) -> Ask:
        """Return what is to be priced, or name the field that cannot be meant."""
        form = self.form
        if not form.service:
            raise Invalid("service-missing", "Choose one.", field="service")
        if not form.duration.isdecimal() or len(form.duration) > 6:
            raise Invalid("duration-missing", "Choose how long.", field="duration")
        if form.venue not in set(Venue):
            raise Invalid("venue-missing", "Choose where.", field="venue")
        return Ask(
            services=(form.service,),
            duration_minutes=int(form.duration),
            venue=Venue(form.venue),
            extras=tuple(form.extras),
            urgent=form.urgent == "true",
        )

    def start(self) -> datetime:
        """Return when it should begin."""
        return moment_of(self.form.start)

    def city(self) -> str | None:
        """Return where she will be then, which the page said with the time."""
        return self.form.start.partition("@")[2] or None

    def length(self) -> timedelta:
        """Return how long it takes."""
        return timedelta(minutes=self.ask().duration_minutes)

    def day(self) -> date | None:
        """Return the day that is looked at, if one is."""
        return _date(self.form.day)

    def start_day(self, zone: str) -> date | None:
        """Return the day of the time that was chosen before, if one was."""
        try:
            return self.start().astimezone(ZoneInfo(zone)).date()
        except (DomainError, OverflowError):
            return None

    def since(self) -> date | None:
        """Return the first day of the week that is looked at, if one is."""
        return _date(self.form.since)

    def request(self, escort_id: UUID) -> NewRequest:
        """Return what is sent, at the price and under the policy that the page showed."""
        form = self.form
        return NewRequest(
            escort_id=escort_id,
            start=self.start(),
            ask=self.ask(),
            policy_version=int(form.policy_version) if form.policy_version.isdecimal() else None,
            amount_minor=int(form.amount) if form.amount.isdecimal() else None,
            city=self.city(),
            answers=dict(self.answers),
            special_requests=form.special_requests,
            address=form.address,
        )

    def wrong_details(self, questions: tuple[Question, ...]) -> dict[str, str]:
        """Return what is wrong with what was written, all of it at once."""
        wrong = {}
        for question in questions:
            if question.required and not self.answers.get(question.key, "").strip():
                wrong[_ANSWER + question.key] = "This answer is needed."
        texts = {
            _ANSWER + question.key: (self.answers.get(question.key, ""), LONGEST_ANSWER)
            for question in questions
        } | {
            "specialRequests": (self.form.special_requests, LONGEST_TEXT),
            "address": (self.form.address, LONGEST_ADDRESS),
        }
        for name, (text, most) in texts.items():
            try:
                written(text, most, name)
            except Invalid as error:
                wrong[name] = error.message
        return wrong

    def shown(
        self, errors: Mapping[str, str] | None = None, questions: tuple[Question, ...] = ()
    ) -> Form:
        """Return the form as a page shows it."""
        values = self.form.model_dump(by_alias=True)
        values |= {_ANSWER + key: text for key, text in self.answers.items()}
        labels = LABELS | {_ANSWER + question.key: question.text for question in questions}
        return FormErrors(values, errors, labels) if errors else Form(values)

    def refused(self, error: DomainError, questions: tuple[Question, ...] = ()) -> Form:
        """Return the form with a refusal at its field."""
        return self.shown({field_of(error): error.message}, questions)

    def carried(self, *besides: str) -> list[tuple[str, str]]:
        """Return hidden fields for what the page at hand does not ask itself."""
        return [(name, text) for name, text in self._all() if name not in besides and text]

    def choices(self) -> list[tuple[str, str]]:
        """Return what may stand in an address."""
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


async def read_draft(request: Request) -> Draft:
    """Return the draft in a form's body, or in an address."""
    if request.method == "POST":
        form = await read_form(request, DraftForm)
        if isinstance(form, FormErrors):
            raise Invalid("not-a-form", "Send this with the form on the page.")
    else:
        query = request.query_params
        values = {name: query[name] for name in (*_CHOICES, "day", "since") if name in query}
        form = DraftForm.model_validate(values | {"extras": query.getlist("extras")})
    besides = form.model_extra or {}
    answers = {
        name.removeprefix(_ANSWER): str(text)
        for name, text in besides.items()
        if name.startswith(_ANSWER)
    }
    return Draft(form, answers)


def field_of(error: DomainError) -> str:
    """Return the form's own name for the field that a refusal names."""
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
