"""Money: what months came to, by currency, type and person; what is due; and what stands ahead."""

import re
from typing import Any

from fastapi.responses import Response

from crm.domain.finance import ForecastBasis, Month
from crm.pages.chart import Chart, charts
from crm.pages.context import UNPROCESSABLE, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.labels import VISIT_TYPE, format_money, month
from crm.repository import dashboard
from crm.service.finance import CurrencySummary, ForecastMonth, RevenueService, Summary, this_month
from kit.errors import Invalid
from kit.pages import Form, FormErrors

router = page_router("/financial")
_MONTH = re.compile(r"2[01][0-9]{2}-(0[1-9]|1[0-2])")
_LABELS = {"since": "From", "to": "To"}
_RANGES = (3, 6, 12, 24)
_COLUMNS = 12
"""So many names of months have room below a chart."""


@router.get("")
async def financial_page(context: UnlockedPageDep) -> Response:
    """Show what some months came to; without a word, the year up to this month."""
    asked = context.request.query_params
    values = {name: asked.get(name, "") for name in _LABELS}
    errors = {
        name: "Say a month, such as 2026-11."
        for name, text in values.items()
        if text and not _MONTH.fullmatch(text)
    }
    first, last = (_month(values[name]) for name in _LABELS)
    found: Summary | None = None
    if not errors:
        try:
            found = RevenueService(context.unlocked).summary(first, last)
        except Invalid:
            errors = {"to": "Say a month that is not before the first, and at most 60 in all."}
    if found is None:
        refused = FormErrors(values, errors, _LABELS)
        return _page(
            context, refused, RevenueService(context.unlocked).summary(None, None), UNPROCESSABLE
        )
    return _page(context, Form({"since": found.first, "to": found.last}), found)


def _page(context: UnlockedPageContext, form: Form, found: Summary, status: int = 200) -> Response:
    this = this_month(context.unlocked)
    months = found.last.number - found.first.number + 1
    return context.render(
        "financial.html",
        status,
        heading="Money",
        form=form,
        ranges=[(number, f"{number} months", str(this + -(number - 1))) for number in _RANGES],
        this=str(this),
        chosen_range=months if found.last == this else 0,
        said_range=f"{month(str(found.first))} to {month(str(found.last))}",
        every=-(-months // _COLUMNS),
        currencies=[_currency(one, found) for one in found.currencies],
        coming=[
            _coming(one)
            for one in RevenueService(context.unlocked).forecast()
            if _says_something(one)
        ],
    )


def _currency(one: CurrencySummary, found: Summary) -> dict[str, Any]:
    code, whole = one.whole.currency, one.whole
    figures = [
        (format_money(whole.received_minor, code), "Received"),
        (format_money(whole.expenses_minor, code), "Expenses"),
        (format_money(whole.net_minor, code), "Left of it"),
        (str(whole.visits), "Visit" if whole.visits == 1 else "Visits"),
        (str(whole.clients), "Person" if whole.clients == 1 else "People"),
    ]
    if whole.average_rate_minor is not None:
        figures.append(
            (format_money(whole.average_rate_minor, code), "Agreed for a visit, on average")
        )
    return {
        "code": code,
        "figures": figures,
        "outstanding": format_money(whole.outstanding_minor, code)
        if whole.outstanding_minor
        else "",
        "unkept": format_money(whole.unkept_minor, code) if whole.unkept_minor else "",
        "chart": _chart(one),
        "months": _months(one),
        "types": [(VISIT_TYPE[kind.type], *_amounts(kind, code)) for kind in one.types],
        "top": [
            (client.client_id, found.names.get(client.client_id, ""), *_amounts(client, code))
            for client in one.top
        ],
    }


def _chart(one: CurrencySummary) -> Chart | None:
    rows = [
        dashboard.Month(
            month=str(each.month),
            currency=each.currency,
            visits=each.visits,
            received_minor=each.received_minor,
            expenses_minor=each.expenses_minor,
        )
        for each in one.months
    ]
    if not any(row.received_minor or row.expenses_minor for row in rows):
        return None
    return next(iter(charts(rows, [row.month for row in rows])))


def _months(one: CurrencySummary) -> list[tuple[str, str, str, str, int]]:
    return [
        (month(str(each.month)), *_amounts(each, one.whole.currency)) for each in one.months[::-1]
    ]


def _amounts(one: Any, currency: str) -> tuple[str, str, str, int]:
    amounts = (one.received_minor, one.expenses_minor, one.net_minor)
    received, expenses, net = (format_money(amount, currency) for amount in amounts)
    return received, expenses, net, one.visits


def _says_something(one: ForecastMonth) -> bool:
    return bool(one.planned.visits) or one.usual.amount_minor is not None


def _coming(one: ForecastMonth) -> dict[str, Any]:
    usual = one.usual
    basis = {
        ForecastBasis.SAME_MONTHS: f"mean of this month in {len(usual.months)} years",
        ForecastBasis.LATEST_MONTHS: f"mean of the last {len(usual.months)} months",
        ForecastBasis.NONE: "",
    }[usual.basis]
    return {
        "month": month(str(one.month)),
        "planned": format_money(one.planned.due_minor, one.currency),
        "visits": one.planned.visits,
        "usual": format_money(usual.amount_minor, one.currency),
        "basis": basis,
    }


def _month(text: str) -> Month | None:
    return Month.parse(text) if _MONTH.fullmatch(text) else None
