"""The transition table: statuses of a booking, allowed actions per status and actor, their results and timers.

Nothing else changes a status, and other modules derive their lists of statuses and actions from here.
`docs/features/bookings.md` shows the table to readers; a test tries every (status, actor, action).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import DomainError, Forbidden, InvalidState
from kit.i18n import N_
from kit.i18n import gettext as _

EARLY_CHECK_IN = timedelta(hours=1)
AUTO_COMPLETE = timedelta(hours=12)
"""Time after the end during which the provider may still report a no-show."""


class Status(StrEnum):
    """Status of a booking."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Properties of a status."""

    refusal: str
    """Sentence that refuses an action which the status has not."""
    is_open: bool = False
    """Transitions are left."""
    holds_slot: bool = False
    """The period, buffers included, is blocked for all others."""
    in_calendar: bool = False
    """Calendars show the booking."""
    shows_address: bool = False
    """The visiting participant may see the address, for some days after the end."""
    deletes_address: bool = False
    """The exact address is deleted at once, since the meeting will not take place."""
    refunds_payments: bool = False
    """A payment that arrives now is refunded, less the fee that is owed."""


STATES: Mapping[Status, State] = {
    Status.REQUESTED: State(
        refusal=N_("This is not possible: the booking is waiting for the provider's answer."),
        is_open=True,
        in_calendar=True,
    ),
    Status.ACCEPTED: State(
        refusal=N_("This is not possible: the booking is waiting for the deposit."),
        is_open=True,
        holds_slot=True,
        in_calendar=True,
    ),
    Status.CONFIRMED: State(
        refusal=N_("This is not possible: the booking is confirmed."),
        is_open=True,
        holds_slot=True,
        in_calendar=True,
        shows_address=True,
    ),
    Status.COMPLETED: State(
        refusal=N_("This is not possible: the booking is completed."),
        in_calendar=True,
        shows_address=True,
    ),
    Status.NO_SHOW: State(
        refusal=N_("This is not possible: the booking ended as a no-show."),
        in_calendar=True,
        shows_address=True,
        refunds_payments=True,
    ),
    Status.DECLINED: State(
        refusal=N_("This is not possible: the booking was declined."),
        deletes_address=True,
        refunds_payments=True,
    ),
    Status.EXPIRED: State(
        refusal=N_("This is not possible: the booking has expired."),
        deletes_address=True,
        refunds_payments=True,
    ),
    Status.CANCELLED: State(
        refusal=N_("This is not possible: the booking was cancelled."),
        deletes_address=True,
        refunds_payments=True,
    ),
    Status.RESCHEDULED: State(refusal=N_("This is not possible: the booking was rescheduled.")),
}
OPEN_STATUSES = frozenset(status for status, state in STATES.items() if state.is_open)
"""Statuses with transitions left."""
SLOT_HOLDING_STATUSES = frozenset(status for status, state in STATES.items() if state.holds_slot)
"""Statuses that hold the slot, buffers included."""
ENDED_STATUSES = frozenset(STATES) - OPEN_STATUSES
"""Statuses without transitions."""


class Action(StrEnum):
    """Actions on a booking."""

    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    PAY = "pay"
    CANCEL = "cancel"
    PROPOSE = "propose"
    REFUSE_PROPOSAL = "refuse-proposal"
    RESCHEDULE = "reschedule"
    CHECK_IN = "check-in"
    CHECK_OUT = "check-out"
    COMPLETE = "complete"
    NO_SHOW = "no-show"


ACTIONS_WITH_REASON = frozenset({Action.DECLINE, Action.CANCEL})
"""Actions that may have a reason, which the other participant can read."""


class Actor(StrEnum):
    """Actors of a booking. The system is a timer or an event of payments."""

    CLIENT = "client"
    PROVIDER = "provider"
    STAFF = "staff"
    SYSTEM = "system"


class Effect(StrEnum):
    """Effects of a transition besides the status."""

    HOLD = "hold"
    """Hold the slot, or refuse the transition if it is taken."""
    RELEASE = "release"
    """Release the slot: waiting clients are notified."""
    CHARGE = "charge"
    """Charge the policy's fee for late cancellation."""
    CHARGE_NO_SHOW = "charge-no-show"
    REFUND = "refund"
    """Refund everything that was paid."""
    EXTEND_ANSWER_TIME = "answer"
    """Restart the time to answer, for the other participant."""
    LINK = "link"
    """Link the booking that replaces this one."""


class Timer(StrEnum):
    """Transitions and reminders that are due at a time, without any user action."""

    REQUEST_EXPIRY = "request-expiry"
    DEPOSIT_EXPIRY = "deposit-expiry"
    REMINDER_72H = "reminder-72h"
    REMINDER_24H = "reminder-24h"
    REMINDER_2H = "reminder-2h"
    AUTO_COMPLETE = "auto-complete"
    DELETE_ADDRESS = "delete-address"


class BookingTime(StrEnum):
    """Times of a booking that timers count from."""

    EXPIRES_AT = "expires_at"
    DEPOSIT_DUE_AT = "deposit_due_at"
    STARTS_AT = "starts_at"
    ENDS_AT = "ends_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRule:
    """Statuses in which a timer runs, and its due time."""

    statuses: frozenset[Status]
    counts_from: tuple[BookingTime, ...]
    """The earliest of these times."""
    offset: timedelta = timedelta()
    after_address_days: bool = False
    """The due time is later by the number of days for which the provider keeps addresses."""
    reminder_hours: int = 0
    """Hours before the start; 0 unless the timer is a reminder, which is set only while it lies ahead."""


def _reminder(hours: int) -> TimerRule:
    return TimerRule(
        statuses=frozenset({Status.CONFIRMED}),
        counts_from=(BookingTime.STARTS_AT,),
        offset=-timedelta(hours=hours),
        reminder_hours=hours,
    )


TIMER_RULES: Mapping[Timer, TimerRule] = {
    Timer.REQUEST_EXPIRY: TimerRule(
        statuses=frozenset({Status.REQUESTED}),
        counts_from=(BookingTime.EXPIRES_AT, BookingTime.STARTS_AT),
    ),
    Timer.DEPOSIT_EXPIRY: TimerRule(
        statuses=frozenset({Status.ACCEPTED}),
        counts_from=(BookingTime.DEPOSIT_DUE_AT, BookingTime.STARTS_AT),
    ),
    Timer.REMINDER_72H: _reminder(72),
    Timer.REMINDER_24H: _reminder(24),
    Timer.REMINDER_2H: _reminder(2),
    Timer.AUTO_COMPLETE: TimerRule(
        statuses=frozenset({Status.CONFIRMED}),
        counts_from=(BookingTime.ENDS_AT,),
        offset=AUTO_COMPLETE,
    ),
    Timer.DELETE_ADDRESS: TimerRule(
        statuses=frozenset({Status.COMPLETED, Status.NO_SHOW}),
        counts_from=(BookingTime.ENDS_AT,),
        after_address_days=True,
    ),
}
REMINDERS = {
    timer: rule.reminder_hours for timer, rule in TIMER_RULES.items() if rule.reminder_hours
}
"""Hours before the start of each reminder."""


@dataclass(frozen=True, slots=True)
class TransitionContext:
    """Values that guards check."""

    now: datetime
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    deposit_due_at: datetime | None
    deposit_open: bool
    """The policy requires a deposit that is not fully paid."""
    checked_in: bool
    actor: Actor
    proposal_by: Actor | None
    """Actor of the open proposal, if there is one."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition, and the error if the condition is not met."""

    is_met: Callable[[TransitionContext], bool]
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the transition table."""

    source: Status
    action: Action
    actors: frozenset[Actor]
    guard: Guard
    target: Status
    effects: frozenset[Effect] = frozenset()
    timer: Timer | None = None
    """Timer that triggers the transition for the system; None if an event does."""


_ALWAYS = Guard(lambda _: True, "", "")
_BEFORE_START = Guard(
    lambda f: f.now < f.starts_at,
    "booking-started",
    N_("The booking has started: mark it as completed or as a no-show."),
)
_AFTER_START = Guard(
    lambda f: f.now >= f.starts_at,
    "booking-not-started",
    N_("The booking has not started yet: cancel it instead."),
)
_ANSWER_OVERDUE = Guard(
    lambda f: f.now >= min(f.expires_at, f.starts_at),
    "request-not-expired",
    N_("The provider still has time to answer."),
)
_ACCEPTABLE_WITHOUT_DEPOSIT = Guard(
    lambda f: f.now < f.starts_at and not f.deposit_open,
    "booking-started",
    N_("The start time has passed: decline the request."),
)
_ACCEPTABLE_WITH_DEPOSIT = Guard(
    lambda f: f.now < f.starts_at and f.deposit_open,
    "booking-started",
    N_("The start time has passed: decline the request."),
)
_DEPOSIT_OVERDUE = Guard(
    lambda f: f.deposit_due_at is not None and f.now >= f.deposit_due_at,
    "deposit-not-overdue",
    N_("The client still has time to pay the deposit."),
)
_DEPOSIT_PAID = Guard(
    lambda f: not f.deposit_open,
    "deposit-incomplete",
    N_("The amount is less than the deposit."),
)
_AUTO_COMPLETE_DUE = Guard(
    lambda f: f.now >= f.ends_at + AUTO_COMPLETE,
    "booking-not-over",
    N_("The booking has not been over for long enough."),
)
_PROPOSAL_ACCEPTABLE = Guard(
    lambda f: f.now < f.starts_at and f.proposal_by not in (None, f.actor),
    "no-proposal",
    N_("There is no open proposal from the other participant."),
)
_PROPOSAL_RECEIVED = Guard(
    lambda f: f.proposal_by not in (None, f.actor),
    "no-proposal",
    N_("There is no open proposal from the other participant."),
)
_CHECK_IN_OPEN = Guard(
    lambda f: f.now >= f.starts_at - EARLY_CHECK_IN and not f.checked_in,
    "check-in-early",
    N_("Check in once, at the earliest one hour before the start."),
)
_CHECKED_IN = Guard(lambda f: f.checked_in, "not-checked-in", N_("Check in first."))

_CLIENT = frozenset({Actor.CLIENT})
_PROVIDER = frozenset({Actor.PROVIDER})
_PARTICIPANTS = _CLIENT | _PROVIDER
_STAFF = frozenset({Actor.STAFF})
_SYSTEM = frozenset({Actor.SYSTEM})
_HOLD, _RELEASE = frozenset({Effect.HOLD}), frozenset({Effect.RELEASE})
_REFUND = frozenset({Effect.REFUND})
_RELEASE_AND_REFUND = _RELEASE | _REFUND

R, A, C = Status.REQUESTED, Status.ACCEPTED, Status.CONFIRMED

TRANSITIONS: tuple[Transition, ...] = (
    Transition(R, Action.ACCEPT, _PROVIDER, _ACCEPTABLE_WITH_DEPOSIT, A, _HOLD),
    Transition(R, Action.ACCEPT, _PROVIDER, _ACCEPTABLE_WITHOUT_DEPOSIT, C, _HOLD),
    Transition(R, Action.DECLINE, _PROVIDER, _ALWAYS, Status.DECLINED, _REFUND),
    Transition(R, Action.CANCEL, _CLIENT | _STAFF, _ALWAYS, Status.CANCELLED, _REFUND),
    Transition(
        R, Action.EXPIRE, _SYSTEM, _ANSWER_OVERDUE, Status.EXPIRED, _REFUND, Timer.REQUEST_EXPIRY
    ),
    Transition(R, Action.PROPOSE, _PARTICIPANTS, _BEFORE_START, R, frozenset({Effect.EXTEND_ANSWER_TIME})),
    Transition(R, Action.REFUSE_PROPOSAL, _PARTICIPANTS, _PROPOSAL_RECEIVED, R),
    Transition(R, Action.RESCHEDULE, _PARTICIPANTS, _PROPOSAL_ACCEPTABLE, Status.RESCHEDULED, frozenset({Effect.LINK})),
    Transition(A, Action.PAY, _PROVIDER | _SYSTEM, _DEPOSIT_PAID, C),
    Transition(A, Action.CANCEL, _PARTICIPANTS | _STAFF, _ALWAYS, Status.CANCELLED, _RELEASE_AND_REFUND),
    Transition(A, Action.EXPIRE, _SYSTEM, _DEPOSIT_OVERDUE, Status.EXPIRED, _RELEASE_AND_REFUND, Timer.DEPOSIT_EXPIRY),
    Transition(A, Action.PROPOSE, _PARTICIPANTS, _BEFORE_START, A),
    Transition(A, Action.REFUSE_PROPOSAL, _PARTICIPANTS, _PROPOSAL_RECEIVED, A),
    Transition(
        A, Action.RESCHEDULE, _PARTICIPANTS, _PROPOSAL_ACCEPTABLE, Status.RESCHEDULED, _RELEASE | {Effect.LINK}
    ),
    Transition(
        C, Action.CANCEL, _CLIENT, _BEFORE_START, Status.CANCELLED, _RELEASE | {Effect.CHARGE}
    ),
    Transition(C, Action.CANCEL, _PROVIDER, _BEFORE_START, Status.CANCELLED, _RELEASE_AND_REFUND),
    Transition(C, Action.CANCEL, _STAFF, _ALWAYS, Status.CANCELLED, _RELEASE_AND_REFUND),
    Transition(C, Action.PROPOSE, _PARTICIPANTS, _BEFORE_START, C),
    Transition(C, Action.REFUSE_PROPOSAL, _PARTICIPANTS, _PROPOSAL_RECEIVED, C),
    Transition(
        C, Action.RESCHEDULE, _PARTICIPANTS, _PROPOSAL_ACCEPTABLE, Status.RESCHEDULED, _RELEASE | {Effect.LINK}
    ),
    Transition(C, Action.CHECK_IN, _PROVIDER, _CHECK_IN_OPEN, C),
    Transition(C, Action.CHECK_OUT, _PROVIDER, _CHECKED_IN, Status.COMPLETED),
    Transition(C, Action.COMPLETE, _PROVIDER, _AFTER_START, Status.COMPLETED),
    Transition(
        C, Action.COMPLETE, _SYSTEM, _AUTO_COMPLETE_DUE, Status.COMPLETED, frozenset(), Timer.AUTO_COMPLETE
    ),
    Transition(
        C, Action.NO_SHOW, _PROVIDER | _STAFF, _AFTER_START, Status.NO_SHOW,
        frozenset({Effect.CHARGE_NO_SHOW}),
    ),
)  # fmt: skip

TIMER_TRANSITIONS = {
    (transition.timer, transition.source): transition
    for transition in TRANSITIONS
    if transition.timer is not None
}
"""Transition that a timer triggers in a status; the other timers change no status."""


def find_transition(status: Status, action: Action, context: TransitionContext) -> Transition:
    """Return the row that applies, or refuse with the reason."""
    candidates = [
        transition
        for transition in TRANSITIONS
        if transition.source is status and transition.action is action
    ]
    if not candidates:
        raise InvalidState(
            "booking-state",
            _(STATES[status].refusal),
            field="status",
        )
    permitted = [transition for transition in candidates if context.actor in transition.actors]
    if not permitted:
        raise Forbidden("action-not-permitted", _("Only the other participant can do this."))
    for transition in permitted:
        if transition.guard.is_met(context):
            return transition
    guard = permitted[-1].guard
    raise InvalidState(guard.code, _(guard.message))


def is_allowed(status: Status, action: Action, context: TransitionContext) -> bool:
    """Tell whether a page should offer the action."""
    try:
        find_transition(status, action, context)
    except DomainError:
        return False
    return True
