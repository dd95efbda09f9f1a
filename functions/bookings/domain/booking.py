"""A booking, and what becomes of it by a move of the transition table."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.calendar import Padding, Place
from bookings.domain.policy import Policy, Settlement, settled
from bookings.domain.pricing import Quote
from bookings.domain.spans import Span
from bookings.domain.transitions import (
    AUTO_COMPLETE,
    HOLDING,
    OPEN,
    Action,
    Actor,
    Effect,
    Facts,
    Rule,
    Status,
    Timer,
    decide,
)
from bookings.domain.venue import Venue
from kit.money import Money

REMINDERS = {Timer.REMINDER_72H: 72, Timer.REMINDER_24H: 24, Timer.REMINDER_2H: 2}


@dataclass(frozen=True, slots=True)
class Booking:
    """One client, one provider, one stretch of time.

    `quote` and `policy` are what was said at the request: nothing that the provider writes later
    changes them.
    """

    id: UUID
    escort_id: UUID
    provider_id: UUID
    client_id: UUID
    status: Status
    span: Span
    padding: Padding
    place: Place
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
    by_hand: int = 0
    """Of `paid`, in minor units: what the provider received herself and we never had."""
    name: str = ""
    """The profile's, as the client read it at the request."""
    reason: str = ""
    """Why it was declined or cancelled; kept sealed beside it."""
    rescheduled_from: UUID | None = None
    rescheduled_to: UUID | None = None

    @property
    def padded(self) -> Span:
        """The time that it takes of the provider's day."""
        return self.padding.around(self.span)

    @property
    def holds(self) -> bool:
        """Whether its time belongs to it alone."""
        return self.status in HOLDING

    def returned_here(self, refund: Money | None) -> Money:
        """Return what of a refund is ours to pay: what was paid by hand goes back by hand."""
        here = self.paid.minor_units - self.by_hand
        return Money(min(refund.minor_units if refund else 0, here), self.paid.currency)

    def returned_by_hand(self, refund: Money | None) -> Money:
        """Return what of a refund the provider gives back herself."""
        return (refund or Money(0, self.paid.currency)) - self.returned_here(refund)

    def side(self, user_id: UUID) -> Actor | None:
        """Return which side of it somebody is, if any."""
        if user_id == self.client_id:
            return Actor.CLIENT
        return Actor.PROVIDER if user_id == self.provider_id else None

    def facts(self, actor: Actor, now: datetime, proposal_by: Actor | None = None) -> Facts:
        """Return what the table's guards look at."""
        return Facts(
            now=now,
            starts_at=self.span.start,
            ends_at=self.span.end,
            expires_at=self.expires_at,
            deposit_due_at=self.deposit_due_at,
            deposit_open=self.paid.minor_units < self.deposit.minor_units,
            checked_in=self.checked_in_at is not None,
            actor=actor,
            proposal_by=proposal_by,
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """A booking after a move, and the row of the table that moved it."""

    before: Booking
    after: Booking
    rule: Rule


def moved(
    booking: Booking,
    action: Action,
    actor: Actor,
    now: datetime,
    *,
    proposal_by: Actor | None = None,
    reason: str = "",
) -> Moved:
    """Return what becomes of the booking, or refuse the move."""
    rule = decide(booking.status, action, booking.facts(actor, now, proposal_by))
    after = replace(booking, status=rule.target, reason=reason or booking.reason)
    if rule.target is Status.ACCEPTED and booking.status is Status.REQUESTED:
        due = now + timedelta(hours=booking.policy.deposit_hours)
        after = replace(after, deposit_due_at=min(due, booking.span.start))
    if rule.target is Status.CONFIRMED and booking.status is not Status.CONFIRMED:
        after = replace(after, confirmed_at=now, deposit_due_at=None)
    if rule.target not in OPEN:
        after = replace(after, ended_at=now)
    if action is Action.CHECK_IN:
        after = replace(after, checked_in_at=now)
    if action is Action.CHECK_OUT:
        after = replace(after, checked_out_at=now)
    settlement = settlement_of(booking, rule, now)
    if settlement is not None:
        after = replace(after, fee=settlement.fee, refund=settlement.refund)
    return Moved(booking, after, rule)


def settlement_of(booking: Booking, rule: Rule, now: datetime) -> Settlement | None:
    """Return what a move costs the client; None where money is no part of it."""
    total = booking.quote.total
    if Effect.CHARGE in rule.effects:
        return settled(
            booking.policy.fee(total, now, booking.span.start, booking.confirmed_at), booking.paid
        )
    if Effect.CHARGE_NO_SHOW in rule.effects:
        return settled(booking.policy.no_show_fee(total), booking.paid)
    if Effect.REFUND in rule.effects:
        return settled(Money(0, total.currency), booking.paid)
    return None


def cancelling(booking: Booking, actor: Actor, now: datetime) -> Settlement:
    """Return what cancelling would cost at this moment, or refuse as cancelling would."""
    rule = decide(booking.status, Action.CANCEL, booking.facts(actor, now))
    return settlement_of(booking, rule, now) or settled(
        Money(0, booking.quote.total.currency), booking.paid
    )


def with_payment(booking: Booking, amount: Money, *, is_deposit: bool = False) -> Booking:
    """Return the booking with so much more paid.

    A deposit that arrives after the provider noted it by hand is the same money: it counts once.
    """
    known = min(amount.minor_units, booking.by_hand) if is_deposit else 0
    paid = booking.paid + amount - Money(known, amount.currency)
    return replace(booking, paid=paid, by_hand=booking.by_hand - known)


def deposit_by_hand(booking: Booking) -> Booking:
    """Return the booking with what is missing of its deposit received by the provider herself."""
    missing = booking.deposit - booking.paid
    if missing.minor_units <= 0:
        return booking
    by_hand = booking.by_hand + missing.minor_units
    return replace(booking, paid=booking.deposit, by_hand=by_hand)


def successor(
    booking: Booking, new_id: UUID, span: Span, place: Place, quote: Quote, now: datetime
) -> Booking:
    """Return the booking at the time that both sides agreed on; what was paid moves with it.

    It needs no new answer: it is confirmed if the old one was or no deposit is open, else it waits
    for the deposit.
    """
    deposit = booking.policy.deposit(quote.total)
    is_confirmed = (
        booking.status is Status.CONFIRMED or booking.paid.minor_units >= deposit.minor_units
    )
    due = min(now + timedelta(hours=booking.policy.deposit_hours), span.start)
    return replace(
        booking,
        id=new_id,
        status=Status.CONFIRMED if is_confirmed else Status.ACCEPTED,
        span=span,
        place=place,
        quote=quote,
        deposit=deposit,
        requested_at=now,
        expires_at=span.start,
        deposit_due_at=None if is_confirmed else due,
        # Moving is no new time for thinking again.
        confirmed_at=booking.confirmed_at or now if is_confirmed else None,
        checked_in_at=None,
        rescheduled_from=booking.id,
    )


def timers(booking: Booking, now: datetime) -> dict[Timer, datetime]:
    """Return what happens by itself from here on, and when."""
    match booking.status:
        case Status.REQUESTED:
            return {Timer.REQUEST_EXPIRY: min(booking.expires_at, booking.span.start)}
        case Status.ACCEPTED:
            return {Timer.DEPOSIT_EXPIRY: booking.deposit_due_at or booking.span.start}
        case Status.CONFIRMED:
            reminders = {
                timer: booking.span.start - timedelta(hours=hours)
                for timer, hours in REMINDERS.items()
            }
            ahead = {timer: at for timer, at in reminders.items() if at > now}
            return {**ahead, Timer.AUTO_COMPLETE: booking.span.end + AUTO_COMPLETE}
        case Status.COMPLETED | Status.NO_SHOW:
            kept = timedelta(days=booking.address_days)
            return {Timer.FORGET_ADDRESS: booking.span.end + kept}
        case _:
            return {}
