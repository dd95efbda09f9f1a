"""Deposit and cancellation: a provider's policy, by version; a booking keeps the one it was made under."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from kit.errors import Invalid
from kit.money import Money

MAX_STEPS = 6
LONGEST_NOTICE = 24 * 60
"""Hours: sixty days."""
LONGEST_GRACE = 24 * 60
"""Minutes."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """Cancelled less than `hours` before the beginning, it costs `percent` of the price."""

    hours: int
    percent: int


@dataclass(frozen=True, slots=True)
class Policy:
    """What a provider asks for, and what calling off costs the client."""

    version: int
    steps: tuple[Step, ...]
    no_show_percent: int = 100
    deposit_percent: int = 0
    deposit_hours: int = 24
    """How long the client has for the deposit once the request is accepted."""
    grace_minutes: int = 0
    """After it is confirmed a client may think again for so long, free; 0 is not at all."""
    grace_hours: int = 12
    """But only while the beginning is at least so far away."""

    def deposit(self, total: Money) -> Money:
        """Return the deposit for a price, rounded up to the minor unit."""
        return _share(total, self.deposit_percent)

    def fee(
        self, total: Money, now: datetime, starts_at: datetime, confirmed_at: datetime | None = None
    ) -> Money:
        """Return what a client's cancelling costs at this moment."""
        step = None if self.spares(now, starts_at, confirmed_at) else self.step(now, starts_at)
        return _share(total, step.percent if step else 0)

    def spares(self, now: datetime, starts_at: datetime, confirmed_at: datetime | None) -> bool:
        """Tell whether it was confirmed so short a time ago that cancelling is free yet."""
        return confirmed_at is not None and (
            now - confirmed_at < timedelta(minutes=self.grace_minutes)
            and starts_at - now >= timedelta(hours=self.grace_hours)
        )

    def step(self, now: datetime, starts_at: datetime) -> Step | None:
        """Return the step that a client's cancelling falls under at this moment, if any."""
        left = starts_at - now
        return min((s for s in self.steps if left < timedelta(hours=s.hours)), default=None)

    def no_show_fee(self, total: Money) -> Money:
        """Return what not coming costs."""
        return _share(total, self.no_show_percent)


DEFAULT = Policy(0, (Step(4, 100), Step(24, 50)))
"""Until a provider writes her own."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What calling off comes to: the fee, what goes back of what was paid, what is still owed."""

    fee: Money
    refund: Money
    owed: Money


def settled(fee: Money, paid: Money) -> Settlement:
    """Return the settlement of a fee against what was paid."""
    nothing = Money(0, fee.currency)
    difference = paid - fee
    if difference.minor_units >= 0:
        return Settlement(fee, difference, nothing)
    return Settlement(fee, nothing, fee - paid)


def checked(policy: Policy) -> Policy:
    """Return the policy with its steps in order, or refuse what cannot be meant."""
    steps = tuple(sorted(policy.steps))
    if len(steps) > MAX_STEPS:
        raise Invalid("too-many-steps", f"Up to {MAX_STEPS} steps.", field="steps")
    for index, step in enumerate(steps):
        if not 1 <= step.hours <= LONGEST_NOTICE:
            raise Invalid(
                "step-hours", "Choose from 1 hour to 60 days.", field=f"steps.{index}.hours"
            )
        _require_percent(step.percent, f"steps.{index}.percent")
    for index, (late, early) in enumerate(pairwise(steps)):
        if late.hours == early.hours or late.percent < early.percent:
            raise Invalid(
                "steps-out-of-order",
                "The later somebody cancels, the more it costs: one step per time.",
                field=f"steps.{index + 1}",
            )
    _require_percent(policy.no_show_percent, "noShowPercent")
    _require_percent(policy.deposit_percent, "depositPercent")
    if not 1 <= policy.deposit_hours <= 7 * 24:
        raise Invalid("deposit-hours", "Choose from 1 to 168 hours.", field="depositHours")
    if not 0 <= policy.grace_minutes <= LONGEST_GRACE:
        raise Invalid(
            "grace-minutes", f"Choose from 0 to {LONGEST_GRACE} minutes.", field="graceMinutes"
        )
    if not 1 <= policy.grace_hours <= 7 * 24:
        raise Invalid("grace-hours", "Choose from 1 to 168 hours.", field="graceHours")
    return replace(policy, steps=steps)


def _require_percent(percent: int, field: str) -> None:
    if not 0 <= percent <= 100:
        raise Invalid("percent", "Choose from 0 to 100 percent.", field=field)


def _share(total: Money, percent: int) -> Money:
    return Money(-(-total.minor_units * percent // 100), total.currency)
