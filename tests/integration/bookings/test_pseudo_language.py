"""Pages of bookings in the pseudo-language: a plain word on a page bypassed the translation."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pytest

import bookings
from bookings.domain.pricing import Extra, ExtraTrigger
from bookings.domain.settings import BookingSettings, Question
from bookings.domain.transitions import STATES, TRANSITIONS
from bookings.pages import client_list, provider_context
from bookings.pages.labels import CLIENT_VENUE_LABELS, PROVIDER_VENUE_LABELS
from bookings.pages.provider_extras import TRIGGER_LABELS
from bookings.pages.request_draft import LABELS
from bookings.pages.transitions import ACTIONS, PROVIDER_BUTTONS, STATUSES
from bookings.service.actor import Caller
from bookings.service.payments import PaymentHandler
from bookings.service.timers import TimerService
from contracts.services import SERVICES
from kit.auth import Audience
from kit.db import Database
from kit.i18n import gettext as _
from kit.money import Money
from tests.factories.booking_api import ApiUser, ApiWorld
from tests.factories.booking_pages import HTML, PageClient, Values, hidden, profile_id_of
from tests.factories.bookings import DAY, HOUR, NOON, POLICY
from tests.fixtures.functions import Answer, FunctionClient
from tests.fixtures.pseudo_language import COOKIES, untranslated

pytestmark = pytest.mark.usefixtures("pseudo_language")

START = NOON + 3 * DAY
DATA = ("Mira", "Berlin", "berlin")
"""Name of the profile and its city."""
NOTE = "Σημείωση"
QUESTION = Question("height", "Ύψος;", required=True)
CHOSEN: dict[str, str] = {"service": "dinner", "duration": "120", "venue": "incall"}
WIZARD_TEMPLATES = {
    "_request_form.html",
    "request_choices.html",
    "request_times.html",
    "request_details.html",
    "request_summary.html",
    "request_time_taken.html",
}
CLIENT_TEMPLATES = {"client_list.html", "client_booking.html", "client_feed.html"}
PROVIDER_TEMPLATES = {
    "provider_inbox.html",
    "provider_booking.html",
    "provider_all.html",
    "provider_week.html",
    "provider_month.html",
    "provider_settings.html",
    "provider_feed.html",
}
INCLUDED_TEMPLATES = {
    "_feed.html",
    "_macros.html",
    "client_layout.html",
    "provider_layout.html",
    "request_layout.html",
}


class Reader(PageClient):
    """User who chose the pseudo-language; each page that is answered is checked."""

    def open(self, path: str, status: int = 200) -> str:
        """Open a page and check its texts."""
        return self._check(path, self.get(path), status)

    def send(self, path: str, values: Values | None = None, *, status: int = 303) -> str:
        """Submit a form and check the page that follows, or that shows the errors."""
        answer = self.post(path, values)
        assert answer.status == status, (path, answer.status, answer.text[-2000:])
        return (
            self.open(answer.headers["location"])
            if status == 303
            else self._check(path, answer, status)
        )

    def _check(self, path: str, answer: Answer, status: int) -> str:
        assert answer.status == status, (path, answer.text[-2000:])
        assert untranslated(answer.text, *DATA) == [], path
        return answer.text

    def _client(self, token: str) -> FunctionClient:
        client = super()._client(token)
        client.cookies |= COOKIES
        return client


@pytest.fixture
def provider(api: ApiWorld) -> ApiUser:
    provider = api.provider(policy=replace(POLICY, grace_minutes=30))
    extras = (
        Extra("dress", "Φόρεμα", Money(4950, "EUR")),
        Extra("rush", "Βιασύνη", Money(5000, "EUR"), ExtraTrigger.URGENT),
    )
    with api.bookings.web.transaction() as work:
        api.bookings.settings(work).save_settings(
            provider.user_id, BookingSettings(questions=(QUESTION,), extras=extras)
        )
    return provider


@pytest.fixture
def client(api: ApiWorld) -> Reader:
    user = api.client()
    return Reader(api, user.user_id, user.role)


@pytest.fixture
def dashboard(api: ApiWorld, provider: ApiUser) -> Reader:
    slug = f"p-{provider.profile_id}"
    return Reader(api, provider.user_id, provider.role, Audience.ADMIN, slug)


def ask(client: Reader, provider: ApiUser, start: datetime = START) -> UUID:
    """Send a request with private texts; return its id."""
    new = f"/bookings/new/p-{provider.profile_id}"
    form: Values = {
        **CHOSEN,
        "start": f"{start.isoformat()}@berlin",
        "answer-height": "180",
        "specialRequests": NOTE,
    }
    summary = client.post(f"{new}/summary", form).text
    answer = client.post(f"{new}/send", {**hidden(summary), "agree": "true"})
    return UUID(answer.headers["location"].partition("?")[0].rpartition("/")[2])


def test_templates_of_bookings_are_all_rendered_in_these_tests() -> None:
    folder = Path(bookings.__file__).parent / "templates"
    assert {path.name for path in folder.glob("*.html")} == (
        WIZARD_TEMPLATES | CLIENT_TEMPLATES | PROVIDER_TEMPLATES | INCLUDED_TEMPLATES
    )


def shown_labels() -> Iterable[str]:
    """Yield every text of the tables that pages translate when they show it."""
    yield from (*SERVICES.values(), *TRIGGER_LABELS.values(), *LABELS.values())
    yield from (*CLIENT_VENUE_LABELS.values(), *PROVIDER_VENUE_LABELS.values())
    yield from (*client_list.DONE_MESSAGES.values(), *provider_context.DONE_MESSAGES.values())
    for status in STATUSES.values():
        yield from (status.label, status.conflict, status.close_conflict)
    for action in ACTIONS.values():
        yield from (action.you, action.message, action.client_message, *action.history.values())
    for button in PROVIDER_BUTTONS:
        yield from (button.label, button.busy, button.confirmation, button.question)
    yield from (state.refusal for state in STATES.values())
    yield from (row.guard.message for row in TRANSITIONS)


def test_labels_of_bookings_are_translated() -> None:
    for label in shown_labels():
        assert untranslated(_(label).replace("%(time)s", "")) == []


def test_request_steps_have_no_plain_words(
    api: ApiWorld, provider: ApiUser, client: Reader, rendered_templates: set[str]
) -> None:
    slug = f"p-{provider.profile_id}"
    new = f"/bookings/new/{slug}"
    visitor = api.visitor()
    visitor.cookies |= COOKIES
    fragment = visitor.get(f"/bookings/_request-form/{slug}", headers=HTML)
    assert untranslated(fragment.text) == []
    client.open(f"/bookings/_request-form/{slug}")
    client.open(new)
    client.open(f"{new}/times", 422)
    client.open(f"{new}/times?{urlencode(CHOSEN | {'venue': 'travel'})}", 422)
    client.open(f"{new}/times?{urlencode(CHOSEN | {'duration': '30'})}", 422)
    client.open(f"{new}/times?{urlencode(CHOSEN)}")
    client.open(f"{new}/times?{urlencode(CHOSEN | {'since': '2027-08-01', 'day': '2027-08-03'})}")
    at = {"start": f"{START.isoformat()}@berlin"}
    client.open(f"{new}/details?{urlencode(CHOSEN | at)}")
    client.send(f"{new}/summary", {**CHOSEN, **at}, status=422)
    form: Values = {**CHOSEN, **at, "answer-height": "180", "specialRequests": NOTE}
    client.send(f"{new}/summary", {**form, "specialRequests": "Σ" * 3000}, status=422)
    summary = client.send(f"{new}/summary", form, status=200)
    client.send(f"{new}/send", hidden(summary), status=422)
    soon: Values = {**form, "start": f"{(NOON + 4 * HOUR).isoformat()}@berlin"}
    client.send(f"{new}/summary", soon, status=200)
    client.send(f"{new}/send", {**hidden(summary), "agree": "true"})
    taken = ask(client, provider, START + DAY)
    api.bookings.do("accept", api.bookings.owner_of(profile_id_of(provider)), taken)
    late: Values = {**form, "start": f"{(START + DAY).isoformat()}@berlin"}
    client.send(f"{new}/details", late, status=409)
    client.open(f"{new}?service=nothing")
    assert rendered_templates >= WIZARD_TEMPLATES


def test_client_pages_have_no_plain_words(
    api: ApiWorld, provider: ApiUser, client: Reader, rendered_templates: set[str]
) -> None:
    for path in ("/bookings", "/bookings?view=past"):
        client.open(path)
    for done in client_list.DONE_MESSAGES:
        client.open(f"/bookings?done={done}")
    wait: Values = {
        "slug": f"p-{provider.profile_id}",
        "start": (START + DAY).isoformat(),
        "duration": "120",
    }
    client.send("/bookings/waitlist", wait)
    client.send("/bookings/feed", status=200)
    client.open("/bookings")
    client.send("/bookings/feed/revoke")
    owner, booking_id = (
        api.bookings.owner_of(profile_id_of(provider)),
        ask(client, provider),
    )
    path = f"/bookings/{booking_id}"
    client.open(path)
    client.send(f"{path}/propose", status=422)
    client.send(f"{path}/propose", {"date": "2027-05-14"}, status=422)
    client.send(f"{path}/propose", {"date": "2027-05-14", "time": "19:07"}, status=422)
    client.send(f"{path}/note", {"note": "Σ" * 2001}, status=422)
    client.send(f"{path}/note", {"note": NOTE})
    client.send(f"{path}/address", {"address": NOTE}, status=403)
    client.send(f"{path}/cancel", status=422)
    client.send(f"{path}/propose", {"date": "2027-05-14", "time": "19:00"})
    api.bookings.do("propose", owner, booking_id, START + 5 * HOUR)
    offered = client.open(path)
    unknown: Values = {"proposal": "01890a5d-ac96-774b-bcce-b302099a8057"}
    client.send(f"{path}/proposals/accept", unknown, status=409)
    moved = client.post(f"{path}/proposals/accept", hidden(offered, f"{path}/proposals/accept"))
    client.open(path)
    new = moved.headers["location"].partition("?")[0]
    client.open(new)
    api.bookings.do("pay", owner, UUID(new.rpartition("/")[2]))
    client.open(new)
    api.at(START - HOUR)
    late = client.open(new)
    fee = hidden(late, f"{new}/cancel") | {"reason": NOTE}
    client.send(f"{new}/cancel", {"fee": "0"}, status=409)
    client.send(f"{new}/cancel", fee)
    client.send(f"{new}/note", {"note": ""})
    client.open("/bookings?view=past")
    assert rendered_templates >= CLIENT_TEMPLATES


def test_bookings_in_each_state_have_no_plain_words(
    api: ApiWorld, provider: ApiUser, client: Reader, dashboard: Reader, database: Database
) -> None:
    owner = api.bookings.owner_of(profile_id_of(provider))
    made = [ask(client, provider, START + number * DAY / 2) for number in range(5)]
    expired, declined, staff, completed, missed = made
    dashboard.send(f"{dashboard.bookings_path}/{declined}/decline", {"reason": NOTE})
    api.bookings.do("cancel", replace(owner, user_id=UUID(int=1), staff=True), staff)
    for confirmed in (completed, missed):
        api.bookings.do("accept", owner, confirmed)
    api.bookings.do("pay", owner, completed)
    with api.bookings.owner.transaction() as work:
        payments = PaymentHandler(work, api.bookings.clock)
        payments.on_captured(missed, Money(10000, "EUR"), is_deposit=True)
    for booking_id in made:
        client.open(f"/bookings/{booking_id}")
        dashboard.open(f"{dashboard.bookings_path}/{booking_id}")
    api.at(START + 2 * DAY + HOUR)
    api.bookings.do("no-show", owner, missed)
    api.at(START + 3 * DAY)
    TimerService(database, api.bookings.clock).fire_due_timers()
    for booking_id in made:
        client.open(f"/bookings/{booking_id}")
        dashboard.open(f"{dashboard.bookings_path}/{booking_id}")
    assert {api.bookings.booking(one).status for one in made} == {
        "expired", "declined", "cancelled", "completed", "no_show",
    }  # fmt: skip
    assert api.bookings.booking(expired).ended_at is not None


def test_provider_pages_have_no_plain_words(
    api: ApiWorld,
    provider: ApiUser,
    client: Reader,
    dashboard: Reader,
    rendered_templates: set[str],
) -> None:
    home = dashboard.bookings_path
    for part in ("", "/all", "/all?view=over", "/calendar", "/calendar/month"):
        dashboard.open(f"{home}{part}")
    for done in provider_context.DONE_MESSAGES:
        dashboard.open(f"{home}/all?done={done}")
    dashboard.send(f"{home}/calendar/feed", status=200)
    asked = [ask(client, provider, START + number * HOUR) for number in range(5)]
    owner = api.bookings.owner_of(profile_id_of(provider))
    api.bookings.do("propose", Caller(client.user_id), asked[1], START + DAY)
    api.bookings.do("propose", owner, asked[2], START + DAY)
    dashboard.open(home)
    dashboard.send(f"{home}/{asked[0]}/inbox/propose", status=422)
    path = f"{home}/{asked[0]}"
    dashboard.open(f"{home}/{asked[1]}")
    dashboard.send(f"{path}/decline", {"reason": "Σ" * 501}, status=422)
    dashboard.send(f"{path}/check-in", status=409)
    dashboard.send(f"{path}/propose", status=422)
    dashboard.send(f"{path}/note", {"note": NOTE})
    dashboard.send(f"{path}/accept")
    dashboard.send(f"{home}/{asked[1]}/inbox/accept", status=409)
    dashboard.open(f"{home}/{asked[1]}")
    dashboard.send(f"{path}/deposit")
    dashboard.open(home)
    api.at(START)
    dashboard.send(f"{path}/check-in")
    dashboard.send(f"{path}/check-out")
    for part in ("/all", "/all?view=over", "/calendar", "/calendar/month"):
        dashboard.open(f"{home}{part}")
    api.at(START + timedelta(days=1))
    dashboard.open(f"{home}/{asked[4]}")
    dashboard.open(f"{home}/settings")
    assert rendered_templates >= PROVIDER_TEMPLATES


def test_settings_pages_have_no_plain_words(dashboard: Reader) -> None:
    settings = f"{dashboard.bookings_path}/settings"
    times: Values = {
        "bufferBefore": "15", "bufferAfter": "45", "travel": "30", "notice": "120",
        "horizonDays": "90", "answerHours": "12", "addressDays": "7",
    }  # fmt: skip
    policy: Values = {"depositPercent": "30", "depositHours": "12", "noShowPercent": "100"}
    extra: Values = {"label": "Κρασί", "price": "20", "currency": "EUR", "when": "travel"}
    dashboard.send(f"{settings}/times", times)
    dashboard.send(f"{settings}/times", times | {"bufferBefore": "999"}, status=422)
    dashboard.send(f"{settings}/times", {}, status=422)
    dashboard.send(f"{settings}/policy", policy | {"hours1": "48", "percent1": "30"})
    refused: tuple[dict[str, str], ...] = (
        {"depositPercent": "101"}, {"depositHours": "0"}, {"noShowPercent": "-1"},
        {"graceMinutes": "9999"}, {"graceHours": "0"}, {"hours2": "24"},
        {"hours1": "0", "percent1": "50"}, {"hours4": "24", "percent4": "150"},
        {"hours1": "24", "percent1": "90", "hours2": "4", "percent2": "50"},
    )  # fmt: skip
    for wrong in refused:
        dashboard.send(f"{settings}/policy", {**policy, **wrong}, status=422)
    dashboard.send(f"{settings}/questions", {"text": "Χρώμα;"})
    dashboard.send(f"{settings}/questions", {"text": ""}, status=422)
    dashboard.send(f"{settings}/questions/remove", {"key": "height"})
    dashboard.send(f"{settings}/extras", extra)
    dashboard.send(f"{settings}/extras", extra | {"price": "20.005"}, status=422)
    dashboard.send(f"{settings}/extras/change", extra | {"key": "gone"}, status=409)
    dashboard.send(f"{settings}/extras/change", extra | {"key": "dress", "price": "x"}, status=422)
    dashboard.send(f"{settings}/extras/remove", {"key": "dress"})
    dashboard.send(f"{settings}/address", {"address": "Σ" * 501}, status=422)
    dashboard.send(f"{settings}/address", {"address": NOTE})
