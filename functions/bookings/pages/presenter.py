"""View models of bookings: history, next step with its deadline, and cost."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.settings import Question
from bookings.domain.transitions import EARLY_CHECK_IN, Action, Actor, Status
from bookings.domain.venue import Venue
from bookings.pages.labels import (
    CLIENT_VENUE_LABELS,
    PROVIDER_VENUE_LABELS,
    STATUS_BADGES,
    booking_time_label,
    city_label,
    fee_explanation,
    interval_label,
    policy_sentences,
    price_lines,
    services_label,
    time_label,
    zone_label,
)
from bookings.service.queries import BookingDetail
from kit.money import Money
from kit.pages.formatting import duration

_ACTION_TEXTS = {
    "request": "requested the booking",
    "accept": "accepted",
    "decline": "declined",
    "expire": "did not answer in time",
    "pay": "confirmed the deposit",
    "cancel": "cancelled",
    "propose": "proposed another time",
    "refuse-proposal": "refused the proposed time",
    "reschedule": "accepted another time",
    "check-in": "checked in",
    "check-out": "checked out",
    "complete": "marked the booking as completed",
    "no-show": "reported a no-show",
    "address": "changed the address",
}
_SYSTEM_ACTION_TEXTS = {
    "expire": "The booking expired",
    "pay": "The deposit was paid: confirmed",
    "complete": "The booking was completed",
}
_ACTOR_LABELS = {
    Actor.CLIENT: "The client",
    Actor.PROVIDER: "Your companion",
    Actor.STAFF: "Our staff",
}


@dataclass(frozen=True, slots=True)
class BookingCard:
    """A booking in a list."""

    booking: Booking
    title: str
    when: str
    zone: str
    state: tuple[str, str, str]
    details: str
    """Service, duration and venue."""
    price: str


def booking_card(booking: Booking, title: str, side: Actor) -> BookingCard:
    """Return the list entry of a booking for one side."""
    return BookingCard(
        booking,
        title,
        booking_time_label(booking),
        zone_label(booking.place.time_zone),
        STATUS_BADGES[booking.status],
        f"{services_label(booking.services)} · {duration(booking.quote.duration_minutes)} · "
        f"{_venue_label(booking, side)}",
        str(booking.quote.total),
    )


def booking_view(view: BookingDetail) -> dict[str, Any]:
    """Return the template values that both sides' pages of a booking share."""
    booking = view.booking
    return {
        "booking": booking,
        "state": STATUS_BADGES[booking.status],
        "when": booking_time_label(booking),
        "zone": zone_label(booking.place.time_zone),
        "events": timeline(view),
        "next_step": next_step(view),
        "fee_explanation": fee_explanation(booking, to_client=view.actor is Actor.CLIENT),
        "proposal": proposal_view(open_proposal(view), booking),
        "by_me": (found := open_proposal(view)) is not None and found.proposed_by is view.actor,
        "facts": _facts(booking, view.actor),
        "lines": price_lines(booking.quote),
        "total": str(booking.quote.total),
        "money": _money(booking),
        "rules": policy_sentences(booking.policy, booking.quote.total),
        "possible": {str(action) for action in view.actions},
        "special_requests": view.special_requests,
        "message": view.message,
        "address": view.address,
        "note": view.note,
        "reason": booking.reason,
    }


def conflicts(view: BookingDetail, held: list[Booking]) -> list[tuple[UUID, str]]:
    """Return the bookings that block a request: their ids and descriptions."""
    found = []
    for other in held:
        time = booking_time_label(other)
        overlaps = other.period.overlaps(view.booking.period)
        why = "" if overlaps else ", too close to this request for your buffers"
        found.append((other.id, f"{time}, {STATUS_BADGES[other.status][0].lower()}{why}"))
    return found


def labelled_answers(view: BookingDetail, questions: tuple[Question, ...]) -> list[tuple[str, str]]:
    """Return the answers with their questions; a removed question is replaced by its key."""
    texts = {question.key: question.text for question in questions}
    return [
        (texts.get(key) or key.replace("-", " ").capitalize(), text)
        for key, text in view.answers.items()
    ]


def timeline(view: BookingDetail) -> list[tuple[str, str, str]]:
    """Return the history: time, text, and the time in ISO format."""
    zone = view.booking.place.time_zone
    return [
        (time_label(line["at"], zone), _history_text(line, view.actor), line["at"].isoformat())
        for line in view.history
    ]


def open_proposal(view: BookingDetail) -> Proposal | None:
    """Return the open proposal, if there is one."""
    return next((one for one in view.proposals if one.status is ProposalStatus.OPEN), None)


def proposal_view(proposal: Proposal | None, booking: Booking) -> dict[str, str] | None:
    """Return the template values of a proposal."""
    if proposal is None:
        return None
    same = proposal.quote.total == booking.quote.total
    return {
        "id": str(proposal.id),
        "when": interval_label(proposal.period, proposal.place.time_zone),
        "zone": zone_label(proposal.place.time_zone),
        "price": "The price stays the same." if same else f"It then costs {proposal.quote.total}.",
        "by": str(proposal.proposed_by),
    }


def next_step(view: BookingDetail) -> str:
    """Return the next step of a booking and its deadline, as a sentence."""
    booking, client = view.booking, view.actor is Actor.CLIENT
    zone = booking.place.time_zone
    match booking.status:
        case Status.REQUESTED:
            return _answer_step(view, time_label(booking.expires_at, zone))
        case Status.ACCEPTED:
            missing = booking.deposit - booking.paid
            due = time_label(booking.deposit_due_at or booking.period.start, zone)
            if client:
                return (
                    f"Pay the deposit of {missing} by {due}, as agreed with your companion, who records it "
                    "here. The time is held for you until then."
                )
            return f"The deposit of {missing} is due by {due}. Without it the booking expires."
        case Status.CONFIRMED if client and Action.CANCEL not in view.actions:
            return f"It started on {time_label(booking.period.start, zone)}."
        case Status.CONFIRMED:
            return _confirmed_step(booking, view.address, client=client)
        case Status.RESCHEDULED:
            return "Another booking replaces this one."
        case Status.COMPLETED if booking.venue is not Venue.INCALL:
            return f"The exact address is deleted {booking.address_days} days after the end."
        case Status.DECLINED | Status.EXPIRED if client:
            return "Nothing was charged. You can request another time."
        case _:
            return ""


def _answer_step(view: BookingDetail, due: str) -> str:
    proposal = open_proposal(view)
    if proposal is not None and proposal.proposed_by is not view.actor:
        return f"Another time was proposed: answer by {due}. After that the request expires."
    if view.actor is Actor.CLIENT:
        return f"The provider answers by {due}, or the request expires and nothing is charged."
    if proposal is not None:
        return f"The client answers by {due}. You may still accept the requested time."
    return f"Answer by {due}. After that the request expires."


def _confirmed_step(booking: Booking, address: str, *, client: bool) -> str:
    zone = booking.place.time_zone
    start = time_label(booking.period.start, zone)
    if not client:
        early = time_label(booking.period.start - EARLY_CHECK_IN, zone)
        return f"It starts on {start}. You can check in from {early} on."
    if address or booking.venue is Venue.TRAVEL:
        return f"It starts on {start}."
    if booking.venue is Venue.INCALL:
        return f"It starts on {start}. Your companion has not entered the address yet."
    return f"It starts on {start}. Enter the address below."


def _history_text(line: dict[str, Any], reader: Actor) -> str:
    action = str(line["action"])
    actor, did = Actor(line["actor"]), _ACTION_TEXTS.get(action, action)
    if action == "accept" and line["to_status"] == Status.CONFIRMED:
        did = "accepted and confirmed the booking"
    if actor is reader:
        return f"You {did}"
    if actor is Actor.SYSTEM:
        return _SYSTEM_ACTION_TEXTS.get(action, did.capitalize())
    return f"{_ACTOR_LABELS[actor]} {did}"


def _facts(booking: Booking, side: Actor) -> list[tuple[str, str]]:
    return [
        ("Service", services_label(booking.services)),
        ("Duration", duration(booking.quote.duration_minutes)),
        ("Where", f"{_venue_label(booking, side)}, {city_label(booking.place.city)}"),
        *([("Urgent", "Yes")] if booking.urgent else []),
    ]


def _money(booking: Booking) -> list[tuple[str, str]]:
    by_platform, offline = (
        booking.platform_refund(booking.refund),
        booking.offline_refund(booking.refund),
    )
    rows: list[tuple[str, Money | None]] = [
        ("Deposit", booking.deposit if booking.deposit.minor_units else None),
        ("Paid so far", booking.paid if booking.paid.minor_units else None),
        ("Cancellation fee", booking.fee),
        ("Refund", by_platform if by_platform.minor_units else None),
        ("Refund by the provider", offline if offline.minor_units else None),
    ]
    return [(name, str(value)) for name, value in rows if value is not None]


def _venue_label(booking: Booking, side: Actor) -> str:
    return (PROVIDER_VENUE_LABELS if side is Actor.PROVIDER else CLIENT_VENUE_LABELS)[booking.venue]
