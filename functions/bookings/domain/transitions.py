"""THE transition table: who may do what to a booking, when, and what becomes of it.

Nothing else moves a booking. `docs/features/bookings.md` shows it to people; a test tries every
(state, actor, action).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import DomainError, Forbidden, InvalidState

EARLY_CHECK_IN = timedelta(hours=1)
AUTO_COMPLETE = timedelta(hours=12)
"""After the end: until then the provider may say that nobody came."""


class Status(StrEnum):
    """Where a booking stands."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"


HOLDING = frozenset({Status.ACCEPTED, Status.CONFIRMED})
"""Its time belongs to it alone, buffers included."""
OPEN = HOLDING | {Status.REQUESTED}
"""Something may still become of it."""


class Action(StrEnum):
    """What can be done to a booking."""

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


class Actor(StrEnum):
    """Who does it. The system is a timer or an event of payments."""

    CLIENT = "client"
    PROVIDER = "provider"
    STAFF = "staff"
    SYSTEM = "system"


class Effect(StrEnum):
    """What follows from a move besides the state."""

    HOLD = "hold"
    """The time is taken, or the move is refused."""
    RELEASE = "release"
    """The time is free again: whoever waits for it is told."""
    CHARGE = "charge"
    """The client owes what the policy says for so late a notice."""
    CHARGE_NO_SHOW = "charge-no-show"
    REFUND = "refund"
    """What was paid goes back."""
    ANSWER = "answer"
    """The other side has the word: a request waits anew."""
    LINK = "link"
    """Another booking takes its place."""


class Timer(StrEnum):
    """What happens by itself, when its moment has come."""

    REQUEST_EXPIRY = "request-expiry"
    DEPOSIT_EXPIRY = "deposit-expiry"
    REMINDER_72H = "reminder-72h"
    REMINDER_24H = "reminder-24h"
    REMINDER_2H = "reminder-2h"
    AUTO_COMPLETE = "auto-complete"
    FORGET_ADDRESS = "forget-address"


@dataclass(frozen=True, slots=True)
class Facts:
    """What guards look at."""

    now: datetime
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    deposit_due_at: datetime | None
    deposit_open: bool
    """The policy asks for a deposit, and not all of it is there."""
    checked_in: bool
    actor: Actor
    proposal_by: Actor | None
    """Who asks for another time at the moment, if anybody does."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition, and what to say where it does not hold."""

    holds: Callable[[Facts], bool]
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    source: Status
    action: Action
    actors: frozenset[Actor]
    guard: Guard
    target: Status
    effects: frozenset[Effect] = frozenset()
    timer: Timer | None = None
    """The timer that does it for the system; none where an event does."""


_ALWAYS = Guard(lambda _: True, "", "")
_AHEAD = Guard(
    lambda f: f.now < f.starts_at,
    "booking-begun",
    "It has begun: say that it took place, or that nobody came.",
)
_BEGUN = Guard(
    lambda f: f.now >= f.starts_at, "booking-ahead", "It has not begun yet: cancel it instead."
)
_UNANSWERED = Guard(
    lambda f: f.now >= min(f.expires_at, f.starts_at),
    "request-waits",
    "The provider has time to answer yet.",
)
_ANSWERABLE = Guard(
    lambda f: f.now < f.starts_at and not f.deposit_open,
    "booking-begun",
    "This time has begun: decline it.",
)
_ANSWERABLE_WITH_DEPOSIT = Guard(
    lambda f: f.now < f.starts_at and f.deposit_open,
    "booking-begun",
    "This time has begun: decline it.",
)
_UNPAID = Guard(
    lambda f: f.deposit_due_at is not None and f.now >= f.deposit_due_at,
    "deposit-waits",
    "The client has time to pay the deposit yet.",
)
_COVERED = Guard(
    lambda f: not f.deposit_open,
    "deposit-incomplete",
    "This is less than the deposit.",
)
_OVER = Guard(
    lambda f: f.now >= f.ends_at + AUTO_COMPLETE, "booking-not-over", "It is not over for long."
)
_AGREED = Guard(
    lambda f: f.now < f.starts_at and f.proposal_by not in (None, f.actor),
    "no-proposal",
    "The other side does not ask for another time at the moment.",
)
_ASKED = Guard(
    lambda f: f.proposal_by not in (None, f.actor),
    "no-proposal",
    "The other side does not ask for another time at the moment.",
)
_ARRIVING = Guard(
    lambda f: f.now >= f.starts_at - EARLY_CHECK_IN and not f.checked_in,
    "check-in-early",
    "Check in once, from an hour before the beginning on.",
)
_THERE = Guard(lambda f: f.checked_in, "not-checked-in", "Check in first.")

_CLIENT = frozenset({Actor.CLIENT})
_PROVIDER = frozenset({Actor.PROVIDER})
_SIDES = _CLIENT | _PROVIDER
_STAFF = frozenset({Actor.STAFF})
_SYSTEM = frozenset({Actor.SYSTEM})
_HOLD, _RELEASE = frozenset({Effect.HOLD}), frozenset({Effect.RELEASE})
_REFUND = frozenset({Effect.REFUND})
_FREE = _RELEASE | _REFUND

R, A, C = Status.REQUESTED, Status.ACCEPTED, Status.CONFIRMED

TABLE: tuple[Rule, ...] = (
    Rule(R, Action.ACCEPT, _PROVIDER, _ANSWERABLE_WITH_DEPOSIT, A, _HOLD),
    Rule(R, Action.ACCEPT, _PROVIDER, _ANSWERABLE, C, _HOLD),
    Rule(R, Action.DECLINE, _PROVIDER, _ALWAYS, Status.DECLINED, _REFUND),
    Rule(R, Action.CANCEL, _CLIENT | _STAFF, _ALWAYS, Status.CANCELLED, _REFUND),
    Rule(
        R, Action.EXPIRE, _SYSTEM, _UNANSWERED, Status.EXPIRED, _REFUND, Timer.REQUEST_EXPIRY
    ),
    Rule(R, Action.PROPOSE, _SIDES, _AHEAD, R, frozenset({Effect.ANSWER})),
    Rule(R, Action.REFUSE_PROPOSAL, _SIDES, _ASKED, R),
    Rule(R, Action.RESCHEDULE, _SIDES, _AGREED, Status.RESCHEDULED, frozenset({Effect.LINK})),
    Rule(A, Action.PAY, _PROVIDER | _SYSTEM, _COVERED, C),
    Rule(A, Action.CANCEL, _SIDES | _STAFF, _ALWAYS, Status.CANCELLED, _FREE),
    Rule(A, Action.EXPIRE, _SYSTEM, _UNPAID, Status.EXPIRED, _FREE, Timer.DEPOSIT_EXPIRY),
    Rule(A, Action.PROPOSE, _SIDES, _AHEAD, A),
    Rule(A, Action.REFUSE_PROPOSAL, _SIDES, _ASKED, A),
    Rule(
        A, Action.RESCHEDULE, _SIDES, _AGREED, Status.RESCHEDULED, _RELEASE | {Effect.LINK}
    ),
    Rule(
        C, Action.CANCEL, _CLIENT, _AHEAD, Status.CANCELLED, _RELEASE | {Effect.CHARGE}
    ),
    Rule(C, Action.CANCEL, _PROVIDER, _AHEAD, Status.CANCELLED, _FREE),
    Rule(C, Action.CANCEL, _STAFF, _ALWAYS, Status.CANCELLED, _FREE),
    Rule(C, Action.PROPOSE, _SIDES, _AHEAD, C),
    Rule(C, Action.REFUSE_PROPOSAL, _SIDES, _ASKED, C),
    Rule(
        C, Action.RESCHEDULE, _SIDES, _AGREED, Status.RESCHEDULED, _RELEASE | {Effect.LINK}
    ),
    Rule(C, Action.CHECK_IN, _PROVIDER, _ARRIVING, C),
    Rule(C, Action.CHECK_OUT, _PROVIDER, _THERE, Status.COMPLETED),
    Rule(C, Action.COMPLETE, _PROVIDER, _BEGUN, Status.COMPLETED),
    Rule(
        C, Action.COMPLETE, _SYSTEM, _OVER, Status.COMPLETED, frozenset(), Timer.AUTO_COMPLETE
    ),
    Rule(
        C, Action.NO_SHOW, _PROVIDER | _STAFF, _BEGUN, Status.NO_SHOW,
        frozenset({Effect.CHARGE_NO_SHOW}),
    ),
)  # fmt: skip

_WORDS = {
    Status.REQUESTED: "waits for the provider's answer",
    Status.ACCEPTED: "waits for its deposit",
    Status.CONFIRMED: "is confirmed",
    Status.COMPLETED: "has taken place",
    Status.NO_SHOW: "ended without the client coming",
    Status.DECLINED: "was declined",
    Status.EXPIRED: "has expired",
    Status.CANCELLED: "was cancelled",
    Status.RESCHEDULED: "has moved to another time",
}


def decide(status: Status, action: Action, facts: Facts) -> Rule:
    """Return the row that applies, or refuse with what could be done instead."""
    here = [rule for rule in TABLE if rule.source is status and rule.action is action]
    if not here:
        raise InvalidState(
            "booking-state", f"This is not possible: the booking {_WORDS[status]}.", field="status"
        )
    mine = [rule for rule in here if facts.actor in rule.actors]
    if not mine:
        raise Forbidden("not-your-move", "This is for the other side to do.")
    for rule in mine:
        if rule.guard.holds(facts):
            return rule
    guard = mine[-1].guard
    raise InvalidState(guard.code, guard.sentence)


def is_possible(status: Status, action: Action, facts: Facts) -> bool:
    """Tell whether a page should offer it."""
    try:
        decide(status, action, facts)
    except DomainError:
        return False
    return True
