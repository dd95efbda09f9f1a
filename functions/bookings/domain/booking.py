"""A booking, and the result of each transition of the transition table."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.calendar import Buffers, CityZone
from bookings.domain.policy import Policy, Settlement, settle_fee
from bookings.domain.pricing import Quote
from bookings.domain.transitions import (
    OPEN_STATUSES,
    REMINDERS,
    SLOT_HOLDING_STATUSES,
    TIMER_RULES,
    Action,
    Actor,
    BookingTime,
    Effect,
    Status,
    Timer,
    TimerRule,
    Transition,
    TransitionContext,
    find_transition,
)
from bookings.domain.venue import Venue
from kit.intervals import Interval
from kit.money import Money


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking: one client, one provider, one period.

    `quote` and `policy` are those of the request: later changes by the provider do not affect them.
    """

    id: UUID
    profile_id: UUID
    provider_id: UUID
    client_id: UUID
    status: Status
    period: Interval
    buffers: Buffers
    place: CityZone
    venue: Venue
    services: tuple[str, ...]
    urgent: bool
    quote: Quote
    policy: Policy
    deposit: Money
    paid: Money
    requested_at: datetime
    expires_at: datetime
    address_days: int
    deposit_due_at: datetime | None = None
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    fee: Money | None = None
    refund: Money | None = None
    paid_offline: int = 0
    """Part of `paid`, in minor units, that the provider received outside the platform."""
    profile_name: str = ""
    """Name of the profile as shown to the client at the request."""
    reason: str = ""
    """Reason for declining or cancelling; stored encrypted in another table."""
    rescheduled_from: UUID | None = None
    rescheduled_to: UUID | None = None

    @property
    def buffered_period(self) -> Interval:
        """The period with the provider's buffers around it."""
        return self.buffers.extend(self.period)

    @property
    def holds_slot(self) -> bool:
        """Whether the booking blocks its buffered period for all others."""
        return self.status in SLOT_HOLDING_STATUSES

    def platform_refund(self, refund: Money | None) -> Money:
        """Return the part of a refund that the platform pays; offline payments are returned offline."""
        on_platform = self.paid.minor_units - self.paid_offline
        return Money(min(refund.minor_units if refund else 0, on_platform), self.paid.currency)

    def offline_refund(self, refund: Money | None) -> Money:
        """Return the part of a refund that the provider returns outside the platform."""
        return (refund or Money(0, self.paid.currency)) - self.platform_refund(refund)

    def actor_of(self, user_id: UUID) -> Actor | None:
        """Return the role of an account in this booking, or None."""
        if user_id == self.client_id:
            return Actor.CLIENT
        return Actor.PROVIDER if user_id == self.provider_id else None

    def transition_context(
        self, actor: Actor, now: datetime, proposal_by: Actor | None = None
    ) -> TransitionContext:
        """Return the values that the guards of the transition table check."""
        return TransitionContext(
            now=now,
            starts_at=self.period.start,
            ends_at=self.period.end,
            expires_at=self.expires_at,
            deposit_due_at=self.deposit_due_at,
            deposit_open=self.paid.minor_units < self.deposit.minor_units,
            checked_in=self.checked_in_at is not None,
            actor=actor,
            proposal_by=proposal_by,
        )


@dataclass(frozen=True, slots=True)
class TransitionResult:
    """A booking before and after a transition, and the row of the table that applied."""

    before: Booking
    after: Booking
    transition: Transition


def apply_transition(
    booking: Booking,
    action: Action,
    actor: Actor,
    now: datetime,
    *,
    proposal_by: Actor | None = None,
    reason: str = "",
) -> TransitionResult:
    """Return the booking after the action, or refuse the action."""
    transition = find_transition(
        booking.status, action, booking.transition_context(actor, now, proposal_by)
    )
    after = replace(booking, status=transition.target, reason=reason or booking.reason)
    if transition.target is Status.ACCEPTED and booking.status is Status.REQUESTED:
        due = now + timedelta(hours=booking.policy.deposit_hours)
        after = replace(after, deposit_due_at=min(due, booking.period.start))
    if transition.target is Status.CONFIRMED and booking.status is not Status.CONFIRMED:
        after = replace(after, confirmed_at=now, deposit_due_at=None)
    if transition.target not in OPEN_STATUSES:
        after = replace(after, ended_at=now)
    if action is Action.CHECK_IN:
        after = replace(after, checked_in_at=now)
    if action is Action.CHECK_OUT:
        after = replace(after, checked_out_at=now)
    settlement = compute_settlement(booking, transition, now)
    if settlement is not None:
        after = replace(after, fee=settlement.fee, refund=settlement.refund)
    return TransitionResult(booking, after, transition)


def compute_settlement(
    booking: Booking, transition: Transition, now: datetime
) -> Settlement | None:
    """Return the settlement of a transition, or None if no money is involved."""
    total = booking.quote.total
    if Effect.CHARGE in transition.effects:
        return settle_fee(
            booking.policy.fee(total, now, booking.period.start, booking.confirmed_at), booking.paid
        )
    if Effect.CHARGE_NO_SHOW in transition.effects:
        return settle_fee(booking.policy.no_show_fee(total), booking.paid)
    if Effect.REFUND in transition.effects:
        return settle_fee(Money(0, total.currency), booking.paid)
    return None


def preview_cancellation(booking: Booking, actor: Actor, now: datetime) -> Settlement:
    """Return the settlement of cancelling now, or refuse as cancelling would."""
    transition = find_transition(
        booking.status, Action.CANCEL, booking.transition_context(actor, now)
    )
    return compute_settlement(booking, transition, now) or settle_fee(
        Money(0, booking.quote.total.currency), booking.paid
    )


def add_payment(booking: Booking, amount: Money, *, is_deposit: bool = False) -> Booking:
    """Return the booking with the amount added to `paid`.

    A deposit that is captured after the provider recorded it as received offline counts once.
    """
    already_recorded = min(amount.minor_units, booking.paid_offline) if is_deposit else 0
    paid = booking.paid + amount - Money(already_recorded, amount.currency)
    return replace(booking, paid=paid, paid_offline=booking.paid_offline - already_recorded)


def record_offline_deposit(booking: Booking) -> Booking:
    """Return the booking with the missing part of its deposit received by the provider offline."""
    missing = booking.deposit - booking.paid
    if missing.minor_units <= 0:
        return booking
    paid_offline = booking.paid_offline + missing.minor_units
    return replace(booking, paid=booking.deposit, paid_offline=paid_offline)


def rescheduled_booking(
    booking: Booking, new_id: UUID, period: Interval, place: CityZone, quote: Quote, now: datetime
) -> Booking:
    """Return the booking at the agreed new time, with the payments of the old one.

    No new answer is needed: the new booking is confirmed if the old one was or no deposit is missing,
    and otherwise accepted until the deposit is paid.
    """
    deposit = booking.policy.deposit(quote.total)
    is_confirmed = (
        booking.status is Status.CONFIRMED or booking.paid.minor_units >= deposit.minor_units
    )
    due = min(now + timedelta(hours=booking.policy.deposit_hours), period.start)
    return replace(
        booking,
        id=new_id,
        status=Status.CONFIRMED if is_confirmed else Status.ACCEPTED,
        period=period,
        place=place,
        quote=quote,
        deposit=deposit,
        requested_at=now,
        expires_at=period.start,
        deposit_due_at=None if is_confirmed else due,
        # Rescheduling does not restart the free-cancellation grace period.
        confirmed_at=booking.confirmed_at or now if is_confirmed else None,
        checked_in_at=None,
        rescheduled_from=booking.id,
    )


def due_timers(booking: Booking, now: datetime) -> dict[Timer, datetime]:
    """Return the timers of the booking's status, with their due times."""
    due = {
        timer: _due_at(booking, rule)
        for timer, rule in TIMER_RULES.items()
        if booking.status in rule.statuses
    }
    return {timer: at for timer, at in due.items() if timer not in REMINDERS or at > now}


def _due_at(booking: Booking, rule: TimerRule) -> datetime:
    times = {
        BookingTime.EXPIRES_AT: booking.expires_at,
        BookingTime.DEPOSIT_DUE_AT: booking.deposit_due_at,
        BookingTime.STARTS_AT: booking.period.start,
        BookingTime.ENDS_AT: booking.period.end,
    }
    earliest = min(at for name in rule.counts_from if (at := times[name]) is not None)
    days = booking.address_days if rule.after_address_days else 0
    return earliest + rule.offset + timedelta(days=days)
