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
from kit.formats import format_money
from kit.i18n import N_, ngettext
from kit.i18n import gettext as _


def _no_step(_view: BookingDetail) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPresentation:
    """Label of a status with the tone and icon of its badge, and the next step of a booking."""

    label: str
    tone: str
    icon: str
    next_step: Callable[[BookingDetail], str] = _no_step
    """Next step and its deadline, as a sentence."""
    conflict: str = ""
    """Line about a booking that holds the time of a request; only for statuses that hold the slot."""
    close_conflict: str = ""
    """The same about a booking that is too close."""

    @property
    def badge(self) -> tuple[str, str, str]:
        """Arguments of the macro `badge`."""
        return _(self.label), self.tone, self.icon


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionButton:
    """A provider's button for an action that needs no other input than a reason."""

    action: Action
    path: str
    """Last segment of the address that the form is sent to."""
    label: str
    kind: str = "primary"
    icon: str = ""
    busy: str = N_("Saving…")
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

    history: Mapping[Actor, str]
    """Line of the history for each actor of the action."""
    you: str = ""
    """Line of the history for the participant who acted."""
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
        return _(
            "Another time was proposed: answer by %(due)s. After that the request expires.", due=due
        )
    if view.actor is Actor.CLIENT:
        return _(
            "The provider answers by %(due)s, or the request expires and nothing is charged.",
            due=due,
        )
    if proposal is not None:
        return _("The client answers by %(due)s. You may still accept the requested time.", due=due)
    return _("Answer by %(due)s. After that the request expires.", due=due)


def _deposit_step(view: BookingDetail) -> str:
    booking = view.booking
    missing = booking.deposit - booking.paid
    due = time_label(booking.deposit_due_at or booking.period.start, booking.place.time_zone)
    if view.actor is Actor.CLIENT:
        return _(
            "Pay the deposit of %(missing)s by %(due)s, as agreed with your companion, who records it here. "
            "The time is held for you until then.",
            missing=format_money(missing),
            due=due,
        )
    return _(
        "The deposit of %(missing)s is due by %(due)s. Without it the booking expires.",
        missing=format_money(missing),
        due=due,
    )


def _meeting_step(view: BookingDetail) -> str:
    booking, zone = view.booking, view.booking.place.time_zone
    start = time_label(booking.period.start, zone)
    if view.actor is not Actor.CLIENT:
        early = time_label(booking.period.start - EARLY_CHECK_IN, zone)
        return _(
            "It starts on %(start)s. You can check in from %(early)s on.", start=start, early=early
        )
    if Action.CANCEL not in view.actions:
        return _("It started on %(start)s.", start=start)
    if view.address or booking.venue is Venue.TRAVEL:
        return _("It starts on %(start)s.", start=start)
    if booking.venue is Venue.INCALL:
        return _(
            "It starts on %(start)s. Your companion has not entered the address yet.", start=start
        )
    return _("It starts on %(start)s. Enter the address below.", start=start)


def _address_deletion_step(view: BookingDetail) -> str:
    if view.booking.venue is Venue.INCALL:
        return ""
    return ngettext(
        "The exact address is deleted %(count)s day after the end.",
        "The exact address is deleted %(count)s days after the end.",
        view.booking.address_days,
    )


def _request_again_step(view: BookingDetail) -> str:
    if view.actor is not Actor.CLIENT:
        return ""
    return _("Nothing was charged. You can request another time.")


def _replaced_step(_view: BookingDetail) -> str:
    return _("Another booking replaces this one.")


STATUSES: Mapping[Status, StatusPresentation] = {
    Status.REQUESTED: StatusPresentation(
        label=N_("Waiting for an answer"), tone="warning", icon="clock", next_step=_answer_step
    ),
    Status.ACCEPTED: StatusPresentation(
        label=N_("Waiting for the deposit"),
        tone="warning",
        icon="clock",
        next_step=_deposit_step,
        conflict=N_("%(time)s, waiting for the deposit"),
        close_conflict=N_(
            "%(time)s, waiting for the deposit, too close to this request for your buffers"
        ),
    ),
    Status.CONFIRMED: StatusPresentation(
        label=N_("Confirmed"),
        tone="success",
        icon="check",
        next_step=_meeting_step,
        conflict=N_("%(time)s, confirmed"),
        close_conflict=N_("%(time)s, confirmed, too close to this request for your buffers"),
    ),
    Status.COMPLETED: StatusPresentation(
        label=N_("Completed"), tone="neutral", icon="check", next_step=_address_deletion_step
    ),
    Status.NO_SHOW: StatusPresentation(label=N_("No-show"), tone="danger", icon="ban"),
    Status.DECLINED: StatusPresentation(
        label=N_("Declined"), tone="neutral", icon="x", next_step=_request_again_step
    ),
    Status.EXPIRED: StatusPresentation(
        label=N_("Expired"), tone="neutral", icon="clock", next_step=_request_again_step
    ),
    Status.CANCELLED: StatusPresentation(label=N_("Cancelled"), tone="neutral", icon="x"),
    Status.RESCHEDULED: StatusPresentation(
        label=N_("Rescheduled"),
        tone="neutral",
        icon="arrow-right",
        next_step=_replaced_step,
    ),
}

ACTIONS: Mapping[Action, ActionPresentation] = {
    Action.ACCEPT: ActionPresentation(
        you=N_("You accepted"),
        history={
            Actor.PROVIDER: N_("Your companion accepted"),
        },
        done="accepted",
        message=N_("Accepted."),
    ),
    Action.DECLINE: ActionPresentation(
        you=N_("You declined"),
        history={
            Actor.PROVIDER: N_("Your companion declined"),
        },
        done="declined",
        message=N_("Declined."),
    ),
    Action.EXPIRE: ActionPresentation(
        history={
            Actor.SYSTEM: N_("The booking expired"),
        },
    ),
    Action.PAY: ActionPresentation(
        you=N_("You confirmed the deposit"),
        history={
            Actor.PROVIDER: N_("Your companion confirmed the deposit"),
            Actor.SYSTEM: N_("The deposit was paid: confirmed"),
        },
        done="paid",
        message=N_("The deposit is recorded: the booking is confirmed."),
    ),
    Action.CANCEL: ActionPresentation(
        you=N_("You cancelled"),
        history={
            Actor.CLIENT: N_("The client cancelled"),
            Actor.PROVIDER: N_("Your companion cancelled"),
            Actor.STAFF: N_("Our staff cancelled"),
        },
        done="cancelled",
        message=N_("The booking is cancelled. All payments are refunded."),
        client_message=N_("The booking is cancelled."),
    ),
    Action.PROPOSE: ActionPresentation(
        you=N_("You proposed another time"),
        history={
            Actor.CLIENT: N_("The client proposed another time"),
            Actor.PROVIDER: N_("Your companion proposed another time"),
        },
        done="proposed",
        message=N_("Your proposal is sent to the client."),
        client_message=N_("Your proposal is sent."),
    ),
    Action.REFUSE_PROPOSAL: ActionPresentation(
        you=N_("You refused the proposed time"),
        history={
            Actor.CLIENT: N_("The client refused the proposed time"),
            Actor.PROVIDER: N_("Your companion refused the proposed time"),
        },
        done="proposal-refused",
        message=N_("The time stays unchanged."),
    ),
    Action.RESCHEDULE: ActionPresentation(
        you=N_("You accepted another time"),
        history={
            Actor.CLIENT: N_("The client accepted another time"),
            Actor.PROVIDER: N_("Your companion accepted another time"),
        },
        done="agreed",
        message=N_("Accepted: this is the booking at the new time."),
    ),
    Action.CHECK_IN: ActionPresentation(
        you=N_("You checked in"),
        history={
            Actor.PROVIDER: N_("Your companion checked in"),
        },
        done="checked-in",
        message=N_("You are checked in."),
    ),
    Action.CHECK_OUT: ActionPresentation(
        you=N_("You checked out"),
        history={
            Actor.PROVIDER: N_("Your companion checked out"),
        },
        done="completed",
        message=N_("The booking is completed."),
    ),
    Action.COMPLETE: ActionPresentation(
        you=N_("You marked the booking as completed"),
        history={
            Actor.PROVIDER: N_("Your companion marked the booking as completed"),
            Actor.SYSTEM: N_("The booking was completed"),
        },
        done="completed",
        message=N_("The booking is completed."),
    ),
    Action.NO_SHOW: ActionPresentation(
        you=N_("You reported a no-show"),
        history={
            Actor.PROVIDER: N_("Your companion reported a no-show"),
            Actor.STAFF: N_("Our staff reported a no-show"),
        },
        done="no-show",
        message=N_("The booking is marked as a no-show."),
    ),
}

PROVIDER_BUTTONS: tuple[ActionButton, ...] = (
    ActionButton(
        action=Action.ACCEPT, path="accept", label=N_("Accept"), icon="check", busy=N_("Accepting…")
    ),
    ActionButton(action=Action.PAY, path="deposit", label=N_("Deposit received"), icon="check"),
    ActionButton(
        action=Action.CHECK_IN, path="check-in", label=N_("Check in"), busy=N_("Checking in…")
    ),
    ActionButton(
        action=Action.CHECK_OUT, path="check-out", label=N_("Check out"), busy=N_("Checking out…")
    ),
    ActionButton(
        action=Action.COMPLETE, path="complete", label=N_("Mark as completed"), kind="secondary"
    ),
    ActionButton(
        action=Action.NO_SHOW,
        path="no-show",
        label=N_("Mark as no-show"),
        kind="danger",
        confirmation=N_("The client owes the policy's no-show fee."),
    ),
    ActionButton(
        action=Action.DECLINE,
        path="decline",
        label=N_("Decline"),
        kind="secondary",
        confirmation=N_("The client is notified, and may request another time."),
    ),
    ActionButton(
        action=Action.CANCEL,
        path="cancel",
        label=N_("Cancel booking"),
        kind="danger",
        question=N_("Cancel this booking"),
        confirmation=N_("The client is notified at once, and the time is free again."),
    ),
)
"""Buttons of a booking's page on the dashboard, in their order."""

_ACCEPTED_AND_CONFIRMED = ActionPresentation(
    you=N_("You accepted and confirmed the booking"),
    history={Actor.PROVIDER: N_("Your companion accepted and confirmed the booking")},
)
_OTHER_HISTORY = {
    "request": ActionPresentation(
        you=N_("You requested the booking"),
        history={Actor.CLIENT: N_("The client requested the booking")},
    ),
    "address": ActionPresentation(
        you=N_("You changed the address"),
        history={Actor.CLIENT: N_("The client changed the address")},
    ),
    "payment": ActionPresentation(history={Actor.SYSTEM: N_("Payment")}),
}
"""Lines of the history that are no transitions."""


def next_step(view: BookingDetail) -> str:
    """Return the next step of a booking and its deadline, as a sentence."""
    return STATUSES[view.booking.status].next_step(view)


def done_messages(actor: Actor) -> dict[str, str]:
    """Return the message after each action of this actor, untranslated, by its key in addresses."""
    shown = [ACTIONS[row.action] for row in TRANSITIONS if actor in row.actors]
    return {
        one.done: (actor is Actor.CLIENT and one.client_message) or one.message for one in shown
    }


def history_text(line: Mapping[str, Any], reader: Actor) -> str:
    """Return a line of a booking's history as a sentence for the reader."""
    name, actor = str(line["action"]), Actor(line["actor"])
    shown = ACTIONS[Action(name)] if name in set(Action) else _OTHER_HISTORY[name]
    if name == Action.ACCEPT and line["to_status"] == Status.CONFIRMED:
        shown = _ACCEPTED_AND_CONFIRMED
    return _(shown.you if actor is reader else shown.history[actor])
