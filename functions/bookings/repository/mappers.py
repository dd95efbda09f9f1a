"""Mappers between rows and domain objects."""

from collections.abc import Iterable, Mapping
from typing import Any

from bookings.domain.booking import Booking
from bookings.domain.calendar import Buffers, CityZone
from bookings.domain.policy import Policy, PolicyStep
from bookings.domain.pricing import Extra, ExtraTrigger, Quote, QuoteLine
from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.settings import BookingSettings, Question
from bookings.domain.transitions import Actor, Status
from bookings.domain.venue import Venue
from kit.intervals import Interval
from kit.money import Money

type Row = Mapping[str, Any]

BOOKING_COLUMNS = """
id, profile_id, provider_id, client_id, status, lower(period) AS starts_at,
upper(period) AS ends_at, lower(buffered_period) AS buffered_from,
upper(buffered_period) AS buffered_to, city, time_zone, venue, services,
urgent, amount_minor, currency, price, policy, deposit, paid,
paid_offline, profile_name, fee, refund,
address_days, requested_at, expires_at, deposit_due_at, confirmed_at, checked_in_at,
checked_out_at, ended_at, rescheduled_from, rescheduled_to
"""
_SAME_NAME_COLUMNS = (
    "id", "profile_id", "provider_id", "client_id", "urgent", "paid_offline", "profile_name", "address_days",
    "requested_at", "expires_at", "deposit_due_at", "confirmed_at", "checked_in_at",
    "checked_out_at", "ended_at", "rescheduled_from", "rescheduled_to",
)  # fmt: skip


def status_literals(statuses: Iterable[Status]) -> str:
    """Return SQL literals of statuses.

    Literals instead of parameters: for a parameter the planner cannot prove that a partial index applies.
    """
    return ", ".join(f"'{Status(status)}'" for status in sorted(statuses))


def to_booking(row: Row) -> Booking:
    """Convert a row to a booking."""
    period = to_interval(row)
    currency = row["currency"]
    return Booking(
        status=Status(row["status"]),
        period=period,
        buffers=Buffers(period.start - row["buffered_from"], row["buffered_to"] - period.end),
        place=CityZone(row["city"], row["time_zone"]),
        venue=Venue(row["venue"]),
        services=tuple(row["services"]),
        quote=to_quote(row["price"], row["amount_minor"], currency),
        policy=to_policy(row["policy"]),
        deposit=Money(row["deposit"], currency),
        paid=Money(row["paid"], currency),
        fee=None if row["fee"] is None else Money(row["fee"], currency),
        refund=None if row["refund"] is None else Money(row["refund"], currency),
        **{name: row[name] for name in _SAME_NAME_COLUMNS},
    )


def booking_row(booking: Booking) -> dict[str, Any]:
    """Return the columns of a booking, by name."""
    buffered_period = booking.buffered_period
    return {
        **{name: getattr(booking, name) for name in _SAME_NAME_COLUMNS},
        "status": booking.status,
        "starts_at": booking.period.start,
        "ends_at": booking.period.end,
        "buffered_from": buffered_period.start,
        "buffered_to": buffered_period.end,
        "city": booking.place.city,
        "time_zone": booking.place.time_zone,
        "venue": booking.venue,
        "services": list(booking.services),
        "amount_minor": booking.quote.total.minor_units,
        "currency": booking.quote.total.currency,
        "deposit": booking.deposit.minor_units,
        "paid": booking.paid.minor_units,
        "fee": booking.fee.minor_units if booking.fee else None,
        "refund": booking.refund.minor_units if booking.refund else None,
    }


def to_proposal(row: Row) -> Proposal:
    """Convert a row to a proposal."""
    return Proposal(
        id=row["id"],
        booking_id=row["booking_id"],
        proposed_by=Actor(row["proposed_by"]),
        period=to_interval(row),
        place=CityZone(row["city"], row["time_zone"]),
        quote=to_quote(row["price"], row["amount_minor"], row["currency"]),
        status=ProposalStatus(row["status"]),
        made_at=row["made_at"],
    )


def to_quote(price: Row, amount: int, currency: str) -> Quote:
    """Convert a stored price to a quote."""
    return Quote(
        Money(amount, currency),
        tuple(QuoteLine(**line) for line in price["lines"]),
        price["durationMinutes"],
    )


def quote_json(quote: Quote) -> dict[str, Any]:
    """Return the JSON of a quote without its total."""
    return {
        "durationMinutes": quote.duration_minutes,
        "lines": [
            {"kind": line.kind, "key": line.key, "label": line.label, "amount": line.amount}
            for line in quote.lines
        ],
    }


def to_policy(body: Row) -> Policy:
    """Convert stored JSON to a policy; policies from before the grace period have none."""
    return Policy(
        version=body["version"],
        steps=tuple(PolicyStep(item["hours"], item["percent"]) for item in body["steps"]),
        no_show_percent=body["noShowPercent"],
        deposit_percent=body["depositPercent"],
        deposit_hours=body["depositHours"],
        grace_minutes=body.get("graceMinutes", 0),
        grace_hours=body.get("graceHours", 12),
    )


def policy_json(policy: Policy) -> dict[str, Any]:
    """Return the JSON of a policy."""
    return {
        "version": policy.version,
        "steps": [{"hours": step.hours, "percent": step.percent} for step in policy.steps],
        "noShowPercent": policy.no_show_percent,
        "depositPercent": policy.deposit_percent,
        "depositHours": policy.deposit_hours,
        "graceMinutes": policy.grace_minutes,
        "graceHours": policy.grace_hours,
    }


_SETTING_KEYS = {
    "buffer_before": "bufferBefore", "buffer_after": "bufferAfter", "travel": "travel",
    "notice": "notice", "horizon_days": "horizonDays", "answer_hours": "answerHours",
    "address_days": "addressDays",
}  # fmt: skip


def to_settings(body: Row) -> BookingSettings:
    """Convert stored JSON to booking settings; missing values are the platform default."""
    return BookingSettings(
        **{name: body[key] for name, key in _SETTING_KEYS.items() if key in body},
        questions=tuple(Question(**item) for item in body.get("questions", ())),
        extras=tuple(
            Extra(
                item["key"],
                item["label"],
                Money(item["amount"], item["currency"]),
                ExtraTrigger(item["when"]),
            )
            for item in body.get("extras", ())
        ),
    )


def settings_json(preferences: BookingSettings) -> dict[str, Any]:
    """Return the JSON of booking settings."""
    return {
        **{key: getattr(preferences, name) for name, key in _SETTING_KEYS.items()},
        "questions": [
            {"key": q.key, "text": q.text, "required": q.required} for q in preferences.questions
        ],
        "extras": [
            {
                "key": extra.key,
                "label": extra.label,
                "amount": extra.price.minor_units,
                "currency": extra.price.currency,
                "when": extra.trigger,
            }
            for extra in preferences.extras
        ],
    }


def to_interval(row: Row) -> Interval:
    """Return the interval of `starts_at` and `ends_at` of a row."""
    return Interval(row["starts_at"], row["ends_at"])
