"""A booking as a page shows it: what happened, what happens next and by when, and what it costs."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.settings import Question
from bookings.domain.transitions import EARLY_CHECK_IN, Action, Actor, Status
from bookings.domain.venue import Venue
from bookings.pages.labels import (
    STATES,
    TO_CLIENT,
    TO_PROVIDER,
    city,
    lines,
    moment,
    rules,
    services,
    span,
    when,
    why_it_cost,
    zone_name,
)
from bookings.service.queries import View
from kit.money import Money
from kit.pages.formatting import duration

_DID = {
    "request": "asked",
    "accept": "accepted",
    "decline": "declined",
    "expire": "ran out of time",
    "pay": "confirmed: the deposit is there",
    "cancel": "cancelled",
    "propose": "asked for another time",
    "refuse-proposal": "kept the time as it was",
    "reschedule": "agreed to another time",
    "check-in": "checked in",
    "check-out": "checked out",
    "complete": "said that it took place",
    "no-show": "said that the client did not come",
    "address": "wrote another address",
}
_BY_ITSELF = {
    "expire": "It expired",
    "pay": "The deposit came in: confirmed",
    "complete": "It took place",
}
_WHO = {Actor.CLIENT: "The client", Actor.PROVIDER: "Your companion", Actor.STAFF: "Our staff"}


@dataclass(frozen=True, slots=True)
class Card:
    """A booking in a list."""

    booking: Booking
    title: str
    when: str
    zone: str
    state: tuple[str, str, str]
    says: str
    """Service, length, place."""
    price: str


def card(booking: Booking, title: str, side: Actor) -> Card:
    """Return a booking for a list of `side`."""
    return Card(
        booking,
        title,
        when(booking),
        zone_name(booking.place.zone),
        STATES[booking.status],
        f"{services(booking.services)} · {duration(booking.quote.duration_minutes)} · "
        f"{_where(booking, side)}",
        str(booking.quote.total),
    )


def facts(view: View) -> dict[str, Any]:
    """Return all that a page of one booking shows to either side."""
    booking = view.booking
    return {
        "booking": booking,
        "state": STATES[booking.status],
        "when": when(booking),
        "zone": zone_name(booking.place.zone),
        "events": timeline(view),
        "next": what_next(view),
        "cost_says": why_it_cost(booking, to_client=view.actor is Actor.CLIENT),
        "asked": offered(open_proposal(view), booking),
        "by_me": (found := open_proposal(view)) is not None and found.by is view.actor,
        "facts": _facts(booking, view.actor),
        "lines": lines(booking.quote),
        "total": str(booking.quote.total),
        "money": _money(booking),
        "rules": rules(booking.policy, booking.quote.total),
        "possible": {str(action) for action in view.actions},
        "special_requests": view.special_requests,
        "message": view.message,
        "address": view.address,
        "note": view.note,
        "reason": booking.reason,
    }


def in_the_way(view: View, held: list[Booking]) -> list[tuple[UUID, str]]:
    """Return what already has the time that a request needs: which booking, and in words."""
    found = []
    for other in held:
        said = when(other)
        overlaps = other.span.overlaps(view.booking.span)
        why = "" if overlaps else ", and between the two there is too little time for you"
        found.append((other.id, f"{said}, {STATES[other.status][0].lower()}{why}"))
    return found


def answers(view: View, questions: tuple[Question, ...]) -> list[tuple[str, str]]:
    """Return the answers below their questions, as far as these are still asked."""
    texts = {question.key: question.text for question in questions}
    return [
        (texts.get(key) or key.replace("-", " ").capitalize(), text)
        for key, text in view.answers.items()
    ]


def timeline(view: View) -> list[tuple[str, str, str]]:
    """Return what happened: time, what, and the machine's own time."""
    zone = view.booking.place.zone
    return [
        (moment(line["at"], zone), _did(line, view.actor), line["at"].isoformat())
        for line in view.history
    ]


def open_proposal(view: View) -> Proposal | None:
    """Return the other time that is asked for at the moment, if one is."""
    return next((one for one in view.proposals if one.status is ProposalStatus.OPEN), None)


def offered(proposal: Proposal | None, booking: Booking) -> dict[str, str] | None:
    """Return another time with what it would cost."""
    if proposal is None:
        return None
    same = proposal.quote.total == booking.quote.total
    return {
        "id": str(proposal.id),
        "when": span(proposal.span, proposal.place.zone),
        "zone": zone_name(proposal.place.zone),
        "price": "The price stays the same." if same else f"It then costs {proposal.quote.total}.",
        "by": str(proposal.by),
    }


def what_next(view: View) -> str:
    """Return what happens next, and by when."""
    booking, client = view.booking, view.actor is Actor.CLIENT
    zone = booking.place.zone
    match booking.status:
        case Status.REQUESTED:
            return _until_answered(view, moment(booking.expires_at, zone))
        case Status.ACCEPTED:
            missing = booking.deposit - booking.paid
            due = moment(booking.deposit_due_at or booking.span.start, zone)
            if client:
                return (
                    f"Pay the deposit of {missing} by {due}, as agreed with your companion, who notes it "
                    "here. The time is kept for you until then."
                )
            return f"The deposit of {missing} is due by {due}. Without it the time is free again."
        case Status.CONFIRMED if client and Action.CANCEL not in view.actions:
            return f"It began {moment(booking.span.start, zone)}."
        case Status.CONFIRMED:
            return _confirmed(booking, view.address, client=client)
        case Status.RESCHEDULED:
            return "Another booking has taken its place."
        case Status.COMPLETED if booking.venue is not Venue.INCALL:
            return f"The exact address is forgotten {booking.address_days} days after the end."
        case Status.DECLINED | Status.EXPIRED if client:
            return "Nothing was charged. You can ask for another time."
        case _:
            return ""


def _until_answered(view: View, due: str) -> str:
    proposal = open_proposal(view)
    if proposal is not None and proposal.by is not view.actor:
        return f"Another time is asked for: answer by {due}. After that the request expires."
    if view.actor is Actor.CLIENT:
        return f"You have an answer by {due}, or the request expires and nothing is charged."
    if proposal is not None:
        return f"The client answers by {due}. You may still accept the time that was asked for."
    return f"Answer by {due}. After that the request expires."


def _confirmed(booking: Booking, address: str, *, client: bool) -> str:
    zone = booking.place.zone
    begins = moment(booking.span.start, zone)
    if not client:
        early = moment(booking.span.start - EARLY_CHECK_IN, zone)
        return f"It begins {begins}. You can check in from {early} on."
    if address or booking.venue is Venue.TRAVEL:
        return f"It begins {begins}."
    if booking.venue is Venue.INCALL:
        return f"It begins {begins}. Your companion has not written the address here yet."
    return f"It begins {begins}. Say below where to come to."


def _did(line: dict[str, Any], reader: Actor) -> str:
    action = str(line["action"])
    actor, did = Actor(line["actor"]), _DID.get(action, action)
    if action == "accept" and line["to_status"] == Status.CONFIRMED:
        did = "accepted, which confirmed it"
    if actor is reader:
        return f"You {did}"
    if actor is Actor.SYSTEM:
        return _BY_ITSELF.get(action, did.capitalize())
    return f"{_WHO[actor]} {did}"


def _facts(booking: Booking, side: Actor) -> list[tuple[str, str]]:
    return [
        ("Service", services(booking.services)),
        ("Length", duration(booking.quote.duration_minutes)),
        ("Where", f"{_where(booking, side)}, {city(booking.place.city)}"),
        *([("Urgent", "Yes")] if booking.urgent else []),
    ]


def _money(booking: Booking) -> list[tuple[str, str]]:
    here, hers = booking.returned_here(booking.refund), booking.returned_by_hand(booking.refund)
    rows: list[tuple[str, Money | None]] = [
        ("Deposit", booking.deposit if booking.deposit.minor_units else None),
        ("Paid so far", booking.paid if booking.paid.minor_units else None),
        ("Cancellation fee", booking.fee),
        ("Goes back", here if here.minor_units else None),
        ("Goes back by hand", hers if hers.minor_units else None),
    ]
    return [(name, str(value)) for name, value in rows if value is not None]


def _where(booking: Booking, side: Actor) -> str:
    return (TO_PROVIDER if side is Actor.PROVIDER else TO_CLIENT)[booking.venue]
