"""Between rows and domain objects."""

from collections.abc import Mapping
from typing import Any

from bookings.domain.booking import Booking
from bookings.domain.calendar import Padding, Place
from bookings.domain.policy import Policy, Step
from bookings.domain.pricing import Extra, Line, Quote, When
from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.settings import Preferences, Question
from bookings.domain.spans import Span
from bookings.domain.transitions import Actor, Status
from bookings.domain.venue import Venue
from kit.money import Money

type Row = Mapping[str, Any]

COLUMNS = """
id, escort_id, provider_id, client_id, status, lower(period) AS starts_at,
upper(period) AS ends_at, lower(padded) AS padded_from, upper(padded) AS padded_to, city, zone,
venue, services, urgent, amount, currency, price, policy, deposit, paid,
paid_by_hand AS by_hand, name, fee, refund,
address_days, requested_at, expires_at, deposit_due_at, confirmed_at, checked_in_at,
checked_out_at, ended_at, rescheduled_from, rescheduled_to
"""
_SAME = (
    "id", "escort_id", "provider_id", "client_id", "urgent", "by_hand", "name", "address_days",
    "requested_at", "expires_at", "deposit_due_at", "confirmed_at", "checked_in_at",
    "checked_out_at", "ended_at", "rescheduled_from", "rescheduled_to",
)  # fmt: skip


def to_booking(row: Row) -> Booking:
    """Return a booking."""
    span = Span(row["starts_at"], row["ends_at"])
    currency = row["currency"]
    return Booking(
        status=Status(row["status"]),
        span=span,
        padding=Padding(span.start - row["padded_from"], row["padded_to"] - span.end),
        place=Place(row["city"], row["zone"]),
        venue=Venue(row["venue"]),
        services=tuple(row["services"]),
        quote=to_quote(row["price"], row["amount"], currency),
        policy=to_policy(row["policy"]),
        deposit=Money(row["deposit"], currency),
        paid=Money(row["paid"], currency),
        fee=None if row["fee"] is None else Money(row["fee"], currency),
        refund=None if row["refund"] is None else Money(row["refund"], currency),
        **{name: row[name] for name in _SAME},
    )


def booking_row(booking: Booking) -> dict[str, Any]:
    """Return the columns of a booking, by name."""
    padded = booking.padded
    return {
        **{name: getattr(booking, name) for name in _SAME},
        "status": booking.status,
        "starts_at": booking.span.start,
        "ends_at": booking.span.end,
        "padded_from": padded.start,
        "padded_to": padded.end,
        "city": booking.place.city,
        "zone": booking.place.zone,
        "venue": booking.venue,
        "services": list(booking.services),
        "amount": booking.quote.total.minor_units,
        "currency": booking.quote.total.currency,
        "deposit": booking.deposit.minor_units,
        "paid": booking.paid.minor_units,
        "fee": booking.fee.minor_units if booking.fee else None,
        "refund": booking.refund.minor_units if booking.refund else None,
    }


def to_proposal(row: Row) -> Proposal:
    """Return a proposal."""
    return Proposal(
        id=row["id"],
        booking_id=row["booking_id"],
        by=Actor(row["by"]),
        span=Span(row["starts_at"], row["ends_at"]),
        place=Place(row["city"], row["zone"]),
        quote=to_quote(row["price"], row["amount"], row["currency"]),
        status=ProposalStatus(row["status"]),
        made_at=row["made_at"],
    )


def to_quote(price: Row, amount: int, currency: str) -> Quote:
    """Return a price as it was told."""
    return Quote(
        Money(amount, currency),
        tuple(Line(**line) for line in price["lines"]),
        price["durationMinutes"],
    )


def quote_json(quote: Quote) -> dict[str, Any]:
    """Return what to keep of a price besides its total."""
    return {
        "durationMinutes": quote.duration_minutes,
        "lines": [
            {"kind": line.kind, "key": line.key, "label": line.label, "amount": line.amount}
            for line in quote.lines
        ],
    }


def to_policy(body: Row) -> Policy:
    """Return a policy; those that were kept before there was grace have none."""
    return Policy(
        version=body["version"],
        steps=tuple(Step(item["hours"], item["percent"]) for item in body["steps"]),
        no_show_percent=body["noShowPercent"],
        deposit_percent=body["depositPercent"],
        deposit_hours=body["depositHours"],
        grace_minutes=body.get("graceMinutes", 0),
        grace_hours=body.get("graceHours", 12),
    )


def policy_json(policy: Policy) -> dict[str, Any]:
    """Return a policy to keep."""
    return {
        "version": policy.version,
        "steps": [{"hours": step.hours, "percent": step.percent} for step in policy.steps],
        "noShowPercent": policy.no_show_percent,
        "depositPercent": policy.deposit_percent,
        "depositHours": policy.deposit_hours,
        "graceMinutes": policy.grace_minutes,
        "graceHours": policy.grace_hours,
    }


_NUMBERS = {
    "buffer_before": "bufferBefore", "buffer_after": "bufferAfter", "travel": "travel",
    "notice": "notice", "horizon_days": "horizonDays", "answer_hours": "answerHours",
    "address_days": "addressDays",
}  # fmt: skip


def to_preferences(body: Row) -> Preferences:
    """Return what a provider says about being booked; what she never said is the house's."""
    return Preferences(
        **{name: body[key] for name, key in _NUMBERS.items() if key in body},
        questions=tuple(Question(**item) for item in body.get("questions", ())),
        extras=tuple(
            Extra(
                item["key"],
                item["label"],
                Money(item["amount"], item["currency"]),
                When(item["when"]),
            )
            for item in body.get("extras", ())
        ),
    )


def preferences_json(preferences: Preferences) -> dict[str, Any]:
    """Return them to keep."""
    return {
        **{key: getattr(preferences, name) for name, key in _NUMBERS.items()},
        "questions": [
            {"key": q.key, "text": q.text, "required": q.required} for q in preferences.questions
        ],
        "extras": [
            {
                "key": extra.key,
                "label": extra.label,
                "amount": extra.price.minor_units,
                "currency": extra.price.currency,
                "when": extra.when,
            }
            for extra in preferences.extras
        ],
    }


def span_of(row: Row) -> Span:
    """Return `starts_at` and `ends_at` of a row."""
    return Span(row["starts_at"], row["ends_at"])
