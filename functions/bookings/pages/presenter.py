"""View models of bookings: facts, history, proposal, and cost."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.proposals import Proposal
from bookings.domain.settings import Question
from bookings.domain.transitions import Actor
from bookings.pages.labels import (
    CLIENT_VENUE_LABELS,
    PROVIDER_VENUE_LABELS,
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
from bookings.pages.transitions import STATUSES, history_text, next_step
from bookings.service.queries import BookingDetail
from kit.formats import format_duration, format_money
from kit.i18n import gettext as _
from kit.money import Money


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
        STATUSES[booking.status].badge,
        f"{services_label(booking.services)} · {format_duration(booking.quote.duration_minutes)} · "
        f"{_venue_label(booking, side)}",
        format_money(booking.quote.total),
    )


def booking_view(view: BookingDetail) -> dict[str, Any]:
    """Return the template values that both sides' pages of a booking share."""
    booking = view.booking
    return {
        "booking": booking,
        "state": STATUSES[booking.status].badge,
        "when": booking_time_label(booking),
        "zone": zone_label(booking.place.time_zone),
        "events": timeline(view),
        "next_step": next_step(view),
        "fee_explanation": fee_explanation(booking, to_client=view.actor is Actor.CLIENT),
        "proposal": proposal_view(view.open_proposal, booking),
        "by_me": (found := view.open_proposal) is not None and found.proposed_by is view.actor,
        "facts": _facts(booking, view.actor),
        "lines": price_lines(booking.quote),
        "total": format_money(booking.quote.total),
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
        shown = STATUSES[other.status]
        overlaps = other.period.overlaps(view.booking.period)
        text = shown.conflict if overlaps else shown.close_conflict
        found.append((other.id, _(text, time=booking_time_label(other))))
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
        (time_label(line["at"], zone), history_text(line, view.actor), line["at"].isoformat())
        for line in view.history
    ]


def proposal_view(proposal: Proposal | None, booking: Booking) -> dict[str, str] | None:
    """Return the template values of a proposal."""
    if proposal is None:
        return None
    same = proposal.quote.total == booking.quote.total
    return {
        "id": str(proposal.id),
        "when": interval_label(proposal.period, proposal.place.time_zone),
        "zone": zone_label(proposal.place.time_zone),
        "price": _("The price stays the same.")
        if same
        else _("It then costs %(price)s.", price=format_money(proposal.quote.total)),
        "by": str(proposal.proposed_by),
    }


def _facts(booking: Booking, side: Actor) -> list[tuple[str, str]]:
    where = _(
        "%(venue)s, %(city)s",
        venue=_venue_label(booking, side),
        city=city_label(booking.place.city),
    )
    return [
        (_("Service"), services_label(booking.services)),
        (_("Duration"), format_duration(booking.quote.duration_minutes)),
        (_("Where"), where),
        *([(_("Urgent"), _("Yes"))] if booking.urgent else []),
    ]


def _money(booking: Booking) -> list[tuple[str, str]]:
    by_platform, offline = (
        booking.platform_refund(booking.refund),
        booking.offline_refund(booking.refund),
    )
    rows: list[tuple[str, Money | None]] = [
        (_("Deposit"), booking.deposit if booking.deposit.minor_units else None),
        (_("Paid so far"), booking.paid if booking.paid.minor_units else None),
        (_("Cancellation fee"), booking.fee),
        (_("Refund"), by_platform if by_platform.minor_units else None),
        (_("Refund by the provider"), offline if offline.minor_units else None),
    ]
    return [(name, format_money(value)) for name, value in rows if value is not None]


def _venue_label(booking: Booking, side: Actor) -> str:
    labels = PROVIDER_VENUE_LABELS if side is Actor.PROVIDER else CLIENT_VENUE_LABELS
    return _(labels[booking.venue])
