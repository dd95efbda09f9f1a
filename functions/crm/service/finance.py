"""What a book comes to: sums for each currency, and an honest look ahead."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.domain.finance import Month, Usual, months_between, usual
from crm.repository.clients import Clients
from crm.repository.finance import Financial, OfClient, OfMonth, OfType, Planned, Whole
from crm.service.dashboard import home_zone
from crm.service.unlocked_context import Desk

TOP = 10
"""So many names are opened at most."""
AHEAD = 3
_YEAR = 12
_LONG_AGO = Month(0)


@dataclass(frozen=True, slots=True)
class InCurrency:
    """All that is said of one currency."""

    whole: Whole
    months: list[OfMonth]
    types: list[OfType]
    top: list[OfClient]


@dataclass(frozen=True, slots=True)
class Summary:
    """What some months came to; what clients are called, by id."""

    first: Month
    last: Month
    currencies: list[InCurrency]
    names: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class Coming:
    """A month ahead, in one currency: what is planned, and beside it what is usual. Nothing is added up."""

    month: Month
    currency: str
    planned: Planned
    usual: Usual


class Money:
    """The money of one open book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._financial = Financial(desk.work, desk.provider_id)
        self._this = this_month(desk)

    def summary(
        self, first: Month | None, last: Month | None, currency: str | None = None
    ) -> Summary:
        """Return what some months came to; without a word, the year up to this month."""
        last = last or (first + (_YEAR - 1) if first else self._this)
        first = first or last + -(_YEAR - 1)
        months = months_between(first, last)
        wholes = self._financial.whole(first, last)
        if currency is not None:
            wholes = [one for one in wholes if one.currency == currency] or [_nothing(currency)]
        # So that all of them together are no more than so many names.
        top = self._financial.top_clients(first, last, max(TOP // max(len(wholes), 1), 1))
        took_place, types = self._financial.months(first, last), self._financial.types(first, last)
        said = [
            InCurrency(
                whole,
                _every_month(months, whole.currency, took_place),
                [one for one in types if one.currency == whole.currency],
                [one for one in top if one.currency == whole.currency],
            )
            for whole in wholes
        ]
        named = [one.client_id for each in said for one in each.top][:TOP]
        clients = Clients(self._desk.work, self._desk.vault)
        return Summary(first, last, said, clients.names(named))

    def of_client(self, client_id: UUID) -> list[OfClient]:
        """Return all that somebody ever brought; raise `NotFound`."""
        Clients(self._desk.work, self._desk.vault).one(client_id)
        return self._financial.of_client(client_id)

    def forecast(self) -> list[Coming]:
        """Return the next months: what is planned, and what such months brought until now."""
        history = self._financial.months(_LONG_AGO, self._this)
        planned = self._financial.planned(self._this, self._this + AHEAD)
        found = {(one.currency, one.month): one for one in planned}
        coming = []
        currencies = {one.currency for one in history} | {one.currency for one in planned}
        for currency in sorted(currencies):
            received = {
                one.month: one.received_minor for one in history if one.currency == currency
            }
            for month in months_between(self._this + 1, self._this + AHEAD):
                none = Planned(month=month, currency=currency, visits=0, due_minor=0)
                plan = found.get((currency, month), none)
                coming.append(Coming(month, currency, plan, usual(month, received, self._this)))
        return coming


def this_month(desk: Desk) -> Month:
    """Return the month that it is where she is."""
    return Month.at(desk.now().astimezone(ZoneInfo(home_zone(desk))))


def _every_month(months: list[Month], currency: str, found: list[OfMonth]) -> list[OfMonth]:
    known = {one.month: one for one in found if one.currency == currency}
    return [
        known.get(month)
        or OfMonth(
            month=month, currency=currency, visits=0, clients=0, received_minor=0, expenses_minor=0
        )
        for month in months
    ]


def _nothing(currency: str) -> Whole:
    return Whole(
        currency=currency,
        visits=0,
        clients=0,
        received_minor=0,
        expenses_minor=0,
        average_rate_minor=None,
        outstanding_minor=0,
        unkept_minor=0,
    )
