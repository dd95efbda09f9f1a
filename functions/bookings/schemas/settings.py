"""Request and response models of booking settings and policies."""

from typing import Annotated, Self

from pydantic import Field

from bookings.domain.policy import Policy, PolicyStep
from bookings.domain.pricing import Extra, ExtraTrigger
from bookings.domain.settings import BookingSettings, ProviderSettings, Question
from bookings.schemas.fields import Currency, Label, MinorUnits, ShortText
from bookings.schemas.requests import QuestionBody, StepBody
from kit.http import Request, Response
from kit.money import Money

# The domain checks the bounds; these limits only keep numbers computable.
Number = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


class ExtraBody(Request):
    """An additional charge at a fixed price; `when` is the condition that adds it."""

    key: ShortText
    label: Label
    amount_minor: MinorUnits
    currency: Currency
    when: ExtraTrigger = ExtraTrigger.CHOSEN


class BookingPreferencesBody(Request):
    """Buffers in minutes, limits for requests, questions and extras."""

    buffer_before: Number = 0
    buffer_after: Number = 30
    travel: Number = 30
    notice: Number = 120
    horizon_days: Number = 90
    answer_hours: Number = 24
    address_days: Number = 7
    questions: list[QuestionBody] = Field(default=[], max_length=50)
    extras: list[ExtraBody] = Field(default=[], max_length=50)

    def to_settings(self) -> BookingSettings:
        """Convert the body to booking settings."""
        return BookingSettings(
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
    """Deposit and cancellation; a change creates a new version."""

    steps: list[StepBody] = Field(default=[], max_length=20)
    no_show_percent: Number = 100
    deposit_percent: Number = 0
    deposit_hours: Number = 24
    grace_minutes: Annotated[
        Number,
        Field(
            description="Minutes of free cancellation after confirmation; 0 turns the grace period off."
        ),
    ] = 0
    grace_hours: Annotated[
        Number,
        Field(
            description="The grace period applies only if the start is at least so many hours away."
        ),
    ] = 12

    def to_policy(self) -> Policy:
        """Convert the body to a policy; the use case sets the version."""
        return Policy(
            version=0,
            steps=tuple(PolicyStep(one.hours, one.percent) for one in self.steps),
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
    """An additional charge."""

    key: str
    label: str
    amount_minor: int
    currency: str
    when: ExtraTrigger

    @classmethod
    def from_domain(cls, extra: Extra) -> Self:
        """Convert an extra."""
        return cls(
            key=extra.key,
            label=extra.label,
            amount_minor=extra.price.minor_units,
            currency=extra.price.currency,
            when=extra.trigger,
        )


class StepView(Response):
    """A cancellation fee: `percent` of the price if cancelled less than `hours` before the start."""

    hours: int
    percent: int


class PolicyView(Response):
    """Cancellation fees of the client; steps from the latest to the earliest."""

    version: int
    steps: list[StepView]
    no_show_percent: int
    deposit_percent: int
    deposit_hours: int
    grace_minutes: int
    grace_hours: int

    @classmethod
    def from_domain(cls, policy: Policy) -> Self:
        """Convert a policy."""
        return cls.model_validate(policy, from_attributes=True)


class BookingPreferencesView(Response):
    """Booking settings of a provider."""

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
    def from_domain(cls, preferences: BookingSettings) -> Self:
        """Convert booking settings."""
        return cls(
            buffer_before=preferences.buffer_before,
            buffer_after=preferences.buffer_after,
            travel=preferences.travel,
            notice=preferences.notice,
            horizon_days=preferences.horizon_days,
            answer_hours=preferences.answer_hours,
            address_days=preferences.address_days,
            questions=[QuestionView.model_validate(q) for q in preferences.questions],
            extras=[ExtraView.from_domain(extra) for extra in preferences.extras],
        )


class ProviderSettingsView(Response):
    """Booking settings, policy and incall address, for the provider alone."""

    preferences: BookingPreferencesView
    policy: PolicyView
    address: str

    @classmethod
    def from_domain(cls, provider: ProviderSettings, address: str) -> Self:
        """Convert a provider's settings and address."""
        return cls(
            preferences=BookingPreferencesView.from_domain(provider.settings),
            policy=PolicyView.from_domain(provider.policy),
            address=address,
        )
