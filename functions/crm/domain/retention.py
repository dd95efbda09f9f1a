"""Retention rules: a default period for each kind of data, and the provider's own choice within bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Invalid
from kit.i18n import N_
from kit.i18n import gettext as _


class DataClass(StrEnum):
    """Kinds of data that are deleted after a period."""

    REFERENCES = "references"
    SCREENING = "screening"
    COMMUNICATIONS = "communications"
    VISIT_NOTES = "visit_notes"
    ARCHIVED_CLIENTS = "archived_clients"
    INACTIVE_CLIENTS = "inactive_clients"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """The default period of one kind of data in days, its bounds, and the date it is counted from."""

    default_days: int
    min_days: int
    max_days: int
    about: str


RULES: Mapping[DataClass, RetentionRule] = {
    DataClass.REFERENCES: RetentionRule(
        180,
        30,
        365,
        N_("References of clients, counted from their answer, or from the request."),
    ),
    DataClass.SCREENING: RetentionRule(
        730, 30, 1830, N_("Screenings, counted from the day they expired.")
    ),
    DataClass.COMMUNICATIONS: RetentionRule(
        365, 30, 1830, N_("Messages and calls, counted from their date.")
    ),
    DataClass.VISIT_NOTES: RetentionRule(
        730, 30, 3660, N_("Notes about a visit, counted from its date. Its amounts stay.")
    ),
    DataClass.ARCHIVED_CLIENTS: RetentionRule(
        365, 30, 3660, N_("Archived clients with all their data, visits included.")
    ),
    DataClass.INACTIVE_CLIENTS: RetentionRule(
        1830, 365, 3660, N_("Clients without a visit, a message or a change, with all their data.")
    ),
    DataClass.AUDIT: RetentionRule(
        1095, 365, 3660, N_("The activity log: exports, unlocks, changes.")
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionTerm:
    """The period of one kind of data in one workspace."""

    data_class: DataClass
    days: int
    is_chosen: bool

    @property
    def rule(self) -> RetentionRule:
        """Return the bounds."""
        return RULES[self.data_class]

    def cutoff(self, now: datetime) -> datetime:
        """Return the time before which data is deleted."""
        return now - timedelta(days=self.days)


def retention_terms(chosen: Mapping[str, int]) -> list[RetentionTerm]:
    """Return the period of each kind of data; a choice out of bounds (they may have moved) counts as the nearest."""
    return [
        RetentionTerm(
            data_class=data_class,
            days=min(max(chosen.get(data_class, rule.default_days), rule.min_days), rule.max_days),
            is_chosen=data_class in chosen,
        )
        for data_class, rule in RULES.items()
    ]


def require_within_bounds(data_class: DataClass, days: int) -> None:
    """Raise `Invalid` for a period out of bounds."""
    rule = RULES[data_class]
    if not rule.min_days <= days <= rule.max_days:
        raise Invalid(
            "retention-out-of-bounds",
            _(
                "Choose between %(min_days)s and %(max_days)s days.",
                min_days=rule.min_days,
                max_days=rule.max_days,
            ),
            field=str(data_class),
        )
