"""Finance page: revenue by currency, type and client, outstanding amounts, and the forecast."""

import re
from typing import Any

from fastapi.responses import Response

from crm.domain.finance import ForecastBasis, Month
from crm.pages.chart import Chart, charts
from crm.pages.context import UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.labels import VISIT_TYPE, format_money, format_month
from crm.service.finance import CurrencySummary, ForecastMonth, RevenueService, Summary, this_month
from kit import formats
from kit.errors import Invalid
from kit.i18n import N_, ngettext
from kit.i18n import gettext as _
from kit.pages import UNPROCESSABLE, Form, FormErrors

router = page_router("/financial")
_MONTH = re.compile(r"2[01][0-9]{2}-(0[1-9]|1[0-2])")
_LABELS = {"since": N_("From"), "to": N_("To")}
_RANGES = (3, 6, 12, 24)
_MAX_MONTH_LABELS = 12
"""Most month labels that fit below a chart."""


@router.get("")
async def finance_page(context: UnlockedPageDep) -> Response:
    """Show the revenue of a range of months; by default, the year up to the current month."""
    query_params = context.request.query_params
    values = {name: query_params.get(name, "") for name in _LABELS}
    errors = {
        name: _("Enter a month, such as 2026-11.")
        for name, text in values.items()
        if text and not _MONTH.fullmatch(text)
    }
    first, last = (_month(values[name]) for name in _LABELS)
    found: Summary | None = None
    if not errors:
        try:
            found = RevenueService(context.unlocked).summary(first, last)
        except Invalid:
            errors = {
                "to": _(
                    "Enter a month that is not before the first; a range has at most 60 months."
                )
            }
    if found is None:
        errors_form = FormErrors(values, errors, _LABELS)
        return _render(
            context,
            errors_form,
            RevenueService(context.unlocked).summary(None, None),
            UNPROCESSABLE,
        )
    return _render(context, Form({"since": found.first, "to": found.last}), found)


def _render(
    context: UnlockedPageContext, form: Form, found: Summary, status: int = 200
) -> Response:
    this = this_month(context.unlocked)
    months = found.last.number - found.first.number + 1
    return context.render(
        "finance.html",
        status,
        heading=_("Finance"),
        form=form,
        ranges=[
            (
                number,
                ngettext("%(count)s month", "%(count)s months", number),
                str(this + -(number - 1)),
            )
            for number in _RANGES
        ],
        current_month=str(this),
        selected_months=months if found.last == this else 0,
        range_label=_(
            "%(first)s to %(last)s",
            first=format_month(found.first),
            last=format_month(found.last),
        ),
        label_step=-(-months // _MAX_MONTH_LABELS),
        currencies=[_currency_view(one, found) for one in found.currencies],
        forecast=[
            _forecast_view(one)
            for one in RevenueService(context.unlocked).forecast()
            if _has_forecast(one)
        ],
    )


def _currency_view(one: CurrencySummary, found: Summary) -> dict[str, Any]:
    code, total = one.total.currency, one.total
    stats = [
        (format_money(total.received_minor, code), _("Received")),
        (format_money(total.expenses_minor, code), _("Expenses")),
        (format_money(total.net_minor, code), _("Net")),
        (formats.format_number(total.visits), ngettext("Visit", "Visits", total.visits)),
        (formats.format_number(total.clients), ngettext("Client", "Clients", total.clients)),
    ]
    if total.average_rate_minor is not None:
        stats.append((format_money(total.average_rate_minor, code), _("Average rate")))
    return {
        "code": code,
        "stats": stats,
        "outstanding": format_money(total.outstanding_minor, code)
        if total.outstanding_minor
        else "",
        "unkept_received": format_money(total.unkept_minor, code) if total.unkept_minor else "",
        "chart": _chart(one),
        "months": _months(one),
        "types": [(VISIT_TYPE[kind.type], *_amounts(kind, code)) for kind in one.types],
        "top": [
            (client.client_id, found.names.get(client.client_id, ""), *_amounts(client, code))
            for client in one.top
        ],
    }


def _chart(one: CurrencySummary) -> Chart | None:
    if not any(month.received_minor or month.expenses_minor for month in one.months):
        return None
    return next(iter(charts(one.months, [month.month for month in one.months])))


def _months(one: CurrencySummary) -> list[tuple[str, str, str, str, int]]:
    return [
        (format_month(each.month), *_amounts(each, one.total.currency)) for each in one.months[::-1]
    ]


def _amounts(one: Any, currency: str) -> tuple[str, str, str, int]:
    amounts = (one.received_minor, one.expenses_minor, one.net_minor)
    received, expenses, net = (format_money(amount, currency) for amount in amounts)
    return received, expenses, net, one.visits


def _has_forecast(one: ForecastMonth) -> bool:
    return bool(one.planned.visits) or one.usual.amount_minor is not None


def _forecast_view(one: ForecastMonth) -> dict[str, Any]:
    usual = one.usual
    basis = {
        ForecastBasis.SAME_MONTHS: ngettext(
            "mean of this month in %(count)s year",
            "mean of this month in %(count)s years",
            len(usual.months),
        ),
        ForecastBasis.LATEST_MONTHS: ngettext(
            "mean of the last %(count)s month",
            "mean of the last %(count)s months",
            len(usual.months),
        ),
        ForecastBasis.NONE: "",
    }[usual.basis]
    return {
        "month": format_month(one.month),
        "planned": format_money(one.planned.due_minor, one.currency),
        "visits": one.planned.visits,
        "usual": format_money(usual.amount_minor, one.currency),
        "basis": basis,
    }


def _month(text: str) -> Month | None:
    return Month.parse(text) if _MONTH.fullmatch(text) else None
