"""Deposit and cancellation policy of a provider, by version; a booking keeps the version of its request."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.money import Money

MAX_STEPS = 6
MAX_NOTICE_HOURS = 24 * 60
"""Hours: sixty days."""
MAX_GRACE_MINUTES = 24 * 60
"""Minutes."""


@dataclass(frozen=True, slots=True, order=True)
class PolicyStep:
    """A cancellation fee: `percent` of the price if cancelled less than `hours` before the start."""

    hours: int
    percent: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Deposit that a provider requires, and cancellation fees of the client."""

    version: int
    steps: tuple[PolicyStep, ...]
    no_show_percent: int = 100
    deposit_percent: int = 0
    deposit_hours: int = 24
    """Hours for paying the deposit after the request is accepted."""
    grace_minutes: int = 0
    """Minutes of free cancellation after confirmation; 0 turns the grace period off."""
    grace_hours: int = 12
    """The grace period applies only if the start is at least so many hours away."""

    def deposit(self, total: Money) -> Money:
        """Return the deposit for a price, rounded up to the minor unit."""
        return _share(total, self.deposit_percent)

    def fee(
        self, total: Money, now: datetime, starts_at: datetime, confirmed_at: datetime | None = None
    ) -> Money:
        """Return the fee of a client who cancels now."""
        step = (
            None
            if self.is_within_grace(now, starts_at, confirmed_at)
            else self.step_at(now, starts_at)
        )
        return _share(total, step.percent if step else 0)

    def is_within_grace(
        self, now: datetime, starts_at: datetime, confirmed_at: datetime | None
    ) -> bool:
        """Tell whether cancelling is still free because the booking was confirmed just now."""
        return confirmed_at is not None and (
            now - confirmed_at < timedelta(minutes=self.grace_minutes)
            and starts_at - now >= timedelta(hours=self.grace_hours)
        )

    def step_at(self, now: datetime, starts_at: datetime) -> PolicyStep | None:
        """Return the step that applies to a client who cancels now, if any."""
        left = starts_at - now
        return min((s for s in self.steps if left < timedelta(hours=s.hours)), default=None)

    def no_show_fee(self, total: Money) -> Money:
        """Return the fee of a client who does not come."""
        return _share(total, self.no_show_percent)


DEFAULT_POLICY = Policy(0, (PolicyStep(4, 100), PolicyStep(24, 50)))
"""Policy of providers without their own."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """Result of a cancellation: the fee, the refund from the amount paid, and the amount still owed."""

    fee: Money
    refund: Money
    owed: Money


def settle_fee(fee: Money, paid: Money) -> Settlement:
    """Return the settlement of a fee against the amount paid."""
    nothing = Money(0, fee.currency)
    difference = paid - fee
    if difference.minor_units >= 0:
        return Settlement(fee, difference, nothing)
    return Settlement(fee, nothing, fee - paid)


def validate_policy(policy: Policy) -> Policy:
    """Return the policy with its steps in order, or refuse invalid values."""
    steps = tuple(sorted(policy.steps))
    if len(steps) > MAX_STEPS:
        raise Invalid("too-many-steps", _("Up to %(count)s steps.", count=MAX_STEPS), field="steps")
    for index, step in enumerate(steps):
        if not 1 <= step.hours <= MAX_NOTICE_HOURS:
            raise Invalid(
                "step-hours", _("Choose from 1 hour to 60 days."), field=f"steps.{index}.hours"
            )
        _require_percent(step.percent, f"steps.{index}.percent")
    for index, (late, early) in enumerate(pairwise(steps)):
        if late.hours == early.hours or late.percent < early.percent:
            raise Invalid(
                "steps-out-of-order",
                _("A later cancellation must cost more: use one step per time."),
                field=f"steps.{index + 1}",
            )
    _require_percent(policy.no_show_percent, "noShowPercent")
    _require_percent(policy.deposit_percent, "depositPercent")
    if not 1 <= policy.deposit_hours <= 7 * 24:
        raise Invalid("deposit-hours", _("Choose from 1 to 168 hours."), field="depositHours")
    if not 0 <= policy.grace_minutes <= MAX_GRACE_MINUTES:
        raise Invalid(
            "grace-minutes",
            _(
                "Choose from 0 to %(count)s minutes.",
                count=MAX_GRACE_MINUTES,
            ),
            field="graceMinutes",
        )
    if not 1 <= policy.grace_hours <= 7 * 24:
        raise Invalid("grace-hours", _("Choose from 1 to 168 hours."), field="graceHours")
    return replace(policy, steps=steps)


def _require_percent(percent: int, field: str) -> None:
    if not 0 <= percent <= 100:
        raise Invalid("percent", _("Choose from 0 to 100 percent."), field=field)


def _share(total: Money, percent: int) -> Money:
    return Money(-(-total.minor_units * percent // 100), total.currency)
