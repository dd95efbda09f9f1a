"""Presentation of the transition table: what pages show for each status and each action."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bookings.domain.transitions import (
    ACTIONS_WITH_REASON,
    EARLY_CHECK_IN,
    TRANSITIONS,
    Action,
    Actor,
    Status,
)
from bookings.domain.venue import Venue
from bookings.pages.labels import time_label
from bookings.service.queries import BookingDetail


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPresentation:
    """Label of a status with the tone and icon of its badge, and the next step of a booking."""

    label: str
    tone: str
    icon: str
    next_step: Callable[[BookingDetail], str] = lambda _: ""
    """Next step and its deadline, as a sentence."""

    @property
    def badge(self) -> tuple[str, str, str]:
        """Arguments of the macro `badge`."""
        return self.label, self.tone, self.icon


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionButton:
    """A provider's button for an action that needs no other input than a reason."""

    action: Action
    path: str
    """Last segment of the address that the form is sent to."""
    label: str
    kind: str = "primary"
    icon: str = ""
    busy: str = "Saving…"
    confirmation: str = ""
    """Sentence to confirm; without one the action is done at once."""
    question: str = ""
    """Label of the button that opens the confirmation, unless it is `label`."""

    @property
    def takes_reason(self) -> bool:
        """Whether the form asks for a reason."""
        return self.action in ACTIONS_WITH_REASON


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPresentation:
    """Texts of an action in the history and after it was done."""

    history: str
    """What a participant did, after "You" or "The client"."""
    system_history: str = ""
    """Sentence if a timer or a payment triggered the action."""
    done: str = ""
    """Key of the message in the address of the next page: `?done=…`."""
    message: str = ""
    """Message after the action was done."""
    client_message: str = ""
    """Message for a client, where it differs."""


def _answer_step(view: BookingDetail) -> str:
    due = time_label(view.booking.expires_at, view.booking.place.time_zone)
    proposal = view.open_proposal
    if proposal is not None and proposal.proposed_by is not view.actor:
        return f"Another time was proposed: answer by {due}. After that the request expires."
    if view.actor is Actor.CLIENT:
        return f"The provider answers by {due}, or the request expires and nothing is charged."
    if proposal is not None:
        return f"The client answers by {due}. You may still accept the requested time."
    return f"Answer by {due}. After that the request expires."


def _deposit_step(view: BookingDetail) -> str:
    booking = view.booking
    missing = booking.deposit - booking.paid
    due = time_label(booking.deposit_due_at or booking.period.start, booking.place.time_zone)
    if view.actor is Actor.CLIENT:
        return (
            f"Pay the deposit of {missing} by {due}, as agreed with your companion, who records it "
            "here. The time is held for you until then."
        )
    return f"The deposit of {missing} is due by {due}. Without it the booking expires."


def _meeting_step(view: BookingDetail) -> str:
    booking, zone = view.booking, view.booking.place.time_zone
    start = time_label(booking.period.start, zone)
    if view.actor is not Actor.CLIENT:
        early = time_label(booking.period.start - EARLY_CHECK_IN, zone)
        return f"It starts on {start}. You can check in from {early} on."
    if Action.CANCEL not in view.actions:
        return f"It started on {start}."
    if view.address or booking.venue is Venue.TRAVEL:
        return f"It starts on {start}."
    if booking.venue is Venue.INCALL:
        return f"It starts on {start}. Your companion has not entered the address yet."
    return f"It starts on {start}. Enter the address below."


def _address_deletion_step(view: BookingDetail) -> str:
    if view.booking.venue is Venue.INCALL:
        return ""
    return f"The exact address is deleted {view.booking.address_days} days after the end."


def _request_again_step(view: BookingDetail) -> str:
    if view.actor is not Actor.CLIENT:
        return ""
    return "Nothing was charged. You can request another time."


STATUSES: Mapping[Status, StatusPresentation] = {
    Status.REQUESTED: StatusPresentation(
        label="Waiting for an answer", tone="warning", icon="clock", next_step=_answer_step
    ),
    Status.ACCEPTED: StatusPresentation(
        label="Waiting for the deposit", tone="warning", icon="clock", next_step=_deposit_step
    ),
    Status.CONFIRMED: StatusPresentation(
        label="Confirmed", tone="success", icon="check", next_step=_meeting_step
    ),
    Status.COMPLETED: StatusPresentation(
        label="Completed", tone="neutral", icon="check", next_step=_address_deletion_step
    ),
    Status.NO_SHOW: StatusPresentation(label="No-show", tone="danger", icon="ban"),
    Status.DECLINED: StatusPresentation(
        label="Declined", tone="neutral", icon="x", next_step=_request_again_step
    ),
    Status.EXPIRED: StatusPresentation(
        label="Expired", tone="neutral", icon="clock", next_step=_request_again_step
    ),
    Status.CANCELLED: StatusPresentation(label="Cancelled", tone="neutral", icon="x"),
    Status.RESCHEDULED: StatusPresentation(
        label="Rescheduled",
        tone="neutral",
        icon="arrow-right",
        next_step=lambda _: "Another booking replaces this one.",
    ),
}

ACTIONS: Mapping[Action, ActionPresentation] = {
    Action.ACCEPT: ActionPresentation(history="accepted", done="accepted", message="Accepted."),
    Action.DECLINE: ActionPresentation(history="declined", done="declined", message="Declined."),
    Action.EXPIRE: ActionPresentation(
        history="did not answer in time", system_history="The booking expired"
    ),
    Action.PAY: ActionPresentation(
        history="confirmed the deposit",
        system_history="The deposit was paid: confirmed",
        done="paid",
        message="The deposit is recorded: the booking is confirmed.",
    ),
    Action.CANCEL: ActionPresentation(
        history="cancelled",
        done="cancelled",
        message="The booking is cancelled. All payments are refunded.",
        client_message="The booking is cancelled.",
    ),
    Action.PROPOSE: ActionPresentation(
        history="proposed another time",
        done="proposed",
        message="Your proposal is sent to the client.",
        client_message="Your proposal is sent.",
    ),
    Action.REFUSE_PROPOSAL: ActionPresentation(
        history="refused the proposed time",
        done="proposal-refused",
        message="The time stays unchanged.",
    ),
    Action.RESCHEDULE: ActionPresentation(
        history="accepted another time",
        done="agreed",
        message="Accepted: this is the booking at the new time.",
    ),
    Action.CHECK_IN: ActionPresentation(
        history="checked in", done="checked-in", message="You are checked in."
    ),
    Action.CHECK_OUT: ActionPresentation(
        history="checked out", done="completed", message="The booking is completed."
    ),
    Action.COMPLETE: ActionPresentation(
        history="marked the booking as completed",
        system_history="The booking was completed",
        done="completed",
        message="The booking is completed.",
    ),
    Action.NO_SHOW: ActionPresentation(
        history="reported a no-show",
        done="no-show",
        message="The booking is marked as a no-show.",
    ),
}

PROVIDER_BUTTONS: tuple[ActionButton, ...] = (
    ActionButton(
        action=Action.ACCEPT, path="accept", label="Accept", icon="check", busy="Accepting…"
    ),
    ActionButton(action=Action.PAY, path="deposit", label="Deposit received", icon="check"),
    ActionButton(action=Action.CHECK_IN, path="check-in", label="Check in", busy="Checking in…"),
    ActionButton(
        action=Action.CHECK_OUT, path="check-out", label="Check out", busy="Checking out…"
    ),
    ActionButton(
        action=Action.COMPLETE, path="complete", label="Mark as completed", kind="secondary"
    ),
    ActionButton(
        action=Action.NO_SHOW,
        path="no-show",
        label="Mark as no-show",
        kind="danger",
        confirmation="The client owes the policy's no-show fee.",
    ),
    ActionButton(
        action=Action.DECLINE,
        path="decline",
        label="Decline",
        kind="secondary",
        confirmation="The client is notified, and may request another time.",
    ),
    ActionButton(
        action=Action.CANCEL,
        path="cancel",
        label="Cancel booking",
        kind="danger",
        question="Cancel this booking",
        confirmation="The client is notified at once, and the time is free again.",
    ),
)
"""Buttons of a booking's page on the dashboard, in their order."""

_OTHER_HISTORY = {"request": "requested the booking", "address": "changed the address"}
"""Lines of the history that are no transitions."""
_ACTOR_LABELS = {
    Actor.CLIENT: "The client",
    Actor.PROVIDER: "Your companion",
    Actor.STAFF: "Our staff",
}


def next_step(view: BookingDetail) -> str:
    """Return the next step of a booking and its deadline, as a sentence."""
    return STATUSES[view.booking.status].next_step(view)


def done_messages(actor: Actor) -> dict[str, str]:
    """Return the message after each action of this actor, by its key in addresses."""
    shown = [ACTIONS[row.action] for row in TRANSITIONS if actor in row.actors]
    return {
        one.done: (actor is Actor.CLIENT and one.client_message) or one.message for one in shown
    }


def history_text(line: Mapping[str, Any], reader: Actor) -> str:
    """Return a line of a booking's history as a sentence for the reader."""
    name, actor = str(line["action"]), Actor(line["actor"])
    action = ACTIONS.get(Action(name)) if name in set(Action) else None
    did = action.history if action else _OTHER_HISTORY.get(name, name)
    if name == Action.ACCEPT and line["to_status"] == Status.CONFIRMED:
        did = "accepted and confirmed the booking"
    if actor is reader:
        return f"You {did}"
    if actor is Actor.SYSTEM:
        return (action.system_history if action else "") or did.capitalize()
    return f"{_ACTOR_LABELS[actor]} {did}"
