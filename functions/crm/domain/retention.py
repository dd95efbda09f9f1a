"""How long what is kept: for each kind of data a time that is right for most, and her own choice within bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Invalid


class DataClass(StrEnum):
    """What goes by itself."""

    REFERENCES = "references"
    SCREENING = "screening"
    COMMUNICATIONS = "communications"
    VISIT_NOTES = "visit_notes"
    ARCHIVED_CLIENTS = "archived_clients"
    INACTIVE_CLIENTS = "inactive_clients"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """For one class: after how many days, how few and how many may be chosen, counted from what."""

    days: int
    least: int
    most: int
    about: str


RULES: Mapping[DataClass, RetentionRule] = {
    DataClass.REFERENCES: RetentionRule(
        180,
        30,
        365,
        "Whom a client named, counted from their answer, or from when they were asked.",
    ),
    DataClass.SCREENING: RetentionRule(
        730, 30, 1830, "How somebody was checked, counted from when the check ran out."
    ),
    DataClass.COMMUNICATIONS: RetentionRule(
        365, 30, 1830, "Messages and calls, counted from their day."
    ),
    DataClass.VISIT_NOTES: RetentionRule(
        730, 30, 3660, "What was written about a visit, counted from its day. Its amounts stay."
    ),
    DataClass.ARCHIVED_CLIENTS: RetentionRule(
        365, 30, 3660, "Clients in the archive with all that is about them, visits included."
    ),
    DataClass.INACTIVE_CLIENTS: RetentionRule(
        1830, 365, 3660, "Clients without a visit, a message or a change, with all about them."
    ),
    DataClass.AUDIT: RetentionRule(
        1095, 365, 3660, "What happened to the book: exports, unlocks, changes."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionTerm:
    """How long one class is kept in one book."""

    data_class: DataClass
    days: int
    is_chosen: bool

    @property
    def rule(self) -> RetentionRule:
        """Return the bounds."""
        return RULES[self.data_class]

    def cutoff(self, now: datetime) -> datetime:
        """Return the moment before which it goes."""
        return now - timedelta(days=self.days)


def terms(chosen: Mapping[str, int]) -> list[RetentionTerm]:
    """Return how long everything is kept; what is out of bounds (they may have moved) counts as the nearest."""
    return [
        RetentionTerm(
            data_class=one,
            days=min(max(chosen.get(one, rule.days), rule.least), rule.most),
            is_chosen=one in chosen,
        )
        for one, rule in RULES.items()
    ]


def check_choice(data_class: DataClass, days: int) -> None:
    """Raise `Invalid` for a time out of bounds."""
    rule = RULES[data_class]
    if not rule.least <= days <= rule.most:
        raise Invalid(
            "retention-out-of-bounds",
            f"Choose between {rule.least} and {rule.most} days.",
            field=str(data_class),
        )
