"""What a provider says about being booked, and what everybody is told of it."""

from typing import Annotated, Self

from pydantic import Field

from bookings.domain.policy import Policy, Step
from bookings.domain.pricing import Extra, When
from bookings.domain.settings import Preferences, Provider, Question
from bookings.schemas.fields import Currency, Label, MinorUnits, Word
from bookings.schemas.requests import QuestionBody, StepBody
from kit.http import Request, Response
from kit.money import Money

# The domain knows the bounds and says them; these keep numbers such that one can count with them.
Number = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


class ExtraBody(Request):
    """Something on top, at a fixed price; `when` says what brings it along."""

    key: Word
    label: Label
    amount_minor: MinorUnits
    currency: Currency
    when: When = When.CHOSEN


class BookingPreferencesBody(Request):
    """Minutes around meetings, the frame in which requests are taken, questions, extras."""

    buffer_before: Number = 0
    buffer_after: Number = 30
    travel: Number = 30
    notice: Number = 120
    horizon_days: Number = 90
    answer_hours: Number = 24
    address_days: Number = 7
    questions: list[QuestionBody] = Field(default=[], max_length=50)
    extras: list[ExtraBody] = Field(default=[], max_length=50)

    def to_preferences(self) -> Preferences:
        """Return them as the domain knows them."""
        return Preferences(
            buffer_before=self.buffer_before,
            buffer_after=self.buffer_after,
            travel=self.travel,
            notice=self.notice,
            horizon_days=self.horizon_days,
            answer_hours=self.answer_hours,
            address_days=self.address_days,
            questions=tuple(Question(q.key, q.text, q.required) for q in self.questions),
            extras=tuple(
                Extra(one.key, one.label, Money(one.amount_minor, one.currency), one.when)
                for one in self.extras
            ),
        )


class PolicyBody(Request):
    """Deposit and cancellation; saying something else makes a new version."""

    steps: list[StepBody] = Field(default=[], max_length=20)
    no_show_percent: Number = 100
    deposit_percent: Number = 0
    deposit_hours: Number = 24
    grace_minutes: Annotated[
        Number,
        Field(
            description="After it is confirmed, cancelling is free for so long; 0 is not at all."
        ),
    ] = 0
    grace_hours: Annotated[
        Number, Field(description="But only while the beginning is at least so far away.")
    ] = 12

    def to_policy(self) -> Policy:
        """Return it as the domain knows it; the version is the use case's."""
        return Policy(
            version=0,
            steps=tuple(Step(one.hours, one.percent) for one in self.steps),
            no_show_percent=self.no_show_percent,
            deposit_percent=self.deposit_percent,
            deposit_hours=self.deposit_hours,
            grace_minutes=self.grace_minutes,
            grace_hours=self.grace_hours,
        )


class QuestionView(Response):
    """A question of the intake form."""

    key: str
    text: str
    required: bool


class ExtraView(Response):
    """Something on top."""

    key: str
    label: str
    amount_minor: int
    currency: str
    when: When

    @classmethod
    def of(cls, extra: Extra) -> Self:
        """Show an extra."""
        return cls(
            key=extra.key,
            label=extra.label,
            amount_minor=extra.price.minor_units,
            currency=extra.price.currency,
            when=extra.when,
        )


class StepView(Response):
    """Cancelled less than `hours` before the beginning, it costs `percent` of the price."""

    hours: int
    percent: int


class PolicyView(Response):
    """What calling off costs the client; steps from the latest to the earliest."""

    version: int
    steps: list[StepView]
    no_show_percent: int
    deposit_percent: int
    deposit_hours: int
    grace_minutes: int
    grace_hours: int

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """Show a policy."""
        return cls.model_validate(policy, from_attributes=True)


class BookingPreferencesView(Response):
    """What a provider says about her time."""

    buffer_before: int
    buffer_after: int
    travel: int
    notice: int
    horizon_days: int
    answer_hours: int
    address_days: int
    questions: list[QuestionView]
    extras: list[ExtraView]

    @classmethod
    def of(cls, preferences: Preferences) -> Self:
        """Show them."""
        return cls(
            buffer_before=preferences.buffer_before,
            buffer_after=preferences.buffer_after,
            travel=preferences.travel,
            notice=preferences.notice,
            horizon_days=preferences.horizon_days,
            answer_hours=preferences.answer_hours,
            address_days=preferences.address_days,
            questions=[QuestionView.model_validate(q) for q in preferences.questions],
            extras=[ExtraView.of(extra) for extra in preferences.extras],
        )


class BookingSettings(Response):
    """All that a provider says about being booked; the address is for confirmed incalls alone."""

    preferences: BookingPreferencesView
    policy: PolicyView
    address: str

    @classmethod
    def of(cls, provider: Provider, address: str) -> Self:
        """Show it to its owner."""
        return cls(
            preferences=BookingPreferencesView.of(provider.preferences),
            policy=PolicyView.of(provider.policy),
            address=address,
        )
