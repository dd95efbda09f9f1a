"""Provider's dashboard: weekly hours, exceptions and tours, through forms."""

import re
from datetime import date, timedelta

import pytest

from kit import clock
from tests.factories.escorts import DirectoryWorld, Person
from tests.integration.escorts.test_dashboard import ROOM, page, private_page, provider, saved, send

__all__ = ["provider"]


def in_days(count: int) -> str:
    return (clock.now().date() + timedelta(days=count)).isoformat()


def tour(first: int = 10, last: int = 14, city: str = "vienna", **more: str) -> dict[str, str]:
    return {"city": city, "from": in_days(first), "to": in_days(last), **more}


def test_weekly_hours_are_added_copied_and_removed(provider: Person) -> None:
    html = saved(provider, send(provider, "/weekly-hours", day="1", start="18:00", end="23:00"))
    assert "18:00–23:00" in html
    html = saved(provider, send(provider, "/weekly-hours/copy", day="1", days=["2", "3", "5"]))
    # Friday had other hours before and has Monday's now.
    assert html.count("18:00–23:00") >= 4 * 2
    assert "18:00–02:00" not in html
    html = saved(provider, send(provider, "/weekly-hours/remove", key="2 18:00 23:00"))
    assert 'value="2 18:00 23:00"' not in html
    saved(provider, send(provider, "/weekly-hours/remove", key="2 18:00 23:00"))


def test_added_hours_redirect_to_their_day(provider: Person) -> None:
    answer = send(provider, "/weekly-hours", day="3", start="10:00", end="12:00")

    assert answer.headers["location"] == f"{ROOM}/weekly-hours?done=added#day-3"


@pytest.mark.parametrize(
    ("path", "form", "why"),
    [
        ("/weekly-hours", {"day": "6", "start": "01:00", "end": "03:00"}, "overlap"),
        ("/weekly-hours", {"day": "8", "start": "01:00", "end": "03:00"}, "7 or less"),
        ("/weekly-hours", {"day": "2", "start": "1", "end": ""}, "Fill this in"),
        ("/weekly-hours/copy", {"day": "5"}, "Fill this in"),
    ],
)
def test_invalid_hours_are_refused_with_reason(
    provider: Person, path: str, form: dict[str, str], why: str
) -> None:
    answer = send(provider, path, **form)

    assert answer.status == 422
    assert why in private_page(answer)


def test_copied_empty_day_clears_other_days(provider: Person) -> None:
    html = saved(provider, send(provider, "/weekly-hours/copy", day="1", days=["5"]))

    assert "No hours yet" in html


def test_tour_with_three_fields_is_added_and_removed(provider: Person) -> None:
    html = saved(provider, send(provider, "/tours", **tour()))

    assert "<strong>Vienna</strong>" in html
    assert "Your weekly hours" in html
    identity = re.search(r'name="id" value="([0-9a-f-]{36})"', html)
    assert identity
    assert "No tours yet" in saved(provider, send(provider, "/tours/remove", id=identity[1]))
    saved(provider, send(provider, "/tours/remove", id=identity[1]))


def test_tour_with_all_fields_is_shown(provider: Person) -> None:
    html = saved(provider, send(provider, "/tours", **tour(
        start="12:00", end="20:00", atHome="true", note="Hotel by the park")))  # fmt: skip

    for text in ("12:00–20:00", "also in Berlin", "Hotel by the park"):
        assert text in html


def test_overlapping_tour_names_city(provider: Person) -> None:
    saved(provider, send(provider, "/tours", **tour()))

    answer = send(provider, "/tours", **tour(12, 20, city="zurich"))

    assert answer.status == 409
    html = private_page(answer)
    assert "You are in Vienna" in html
    assert "remove that tour below first" in html
    assert f'value="{in_days(12)}"' in html
    assert "<strong>Vienna</strong>" in html
    assert send(provider, "/tours", **tour(15, 20, city="zurich")).status == 303


@pytest.mark.parametrize(
    ("form", "why"),
    [
        (tour(city="berlin"), "your own city"),
        (tour(city="atlantis"), "We do not know this city"),
        (tour(14, 10), "ends before it begins"),
        (tour(-9, -5), "in the past"),
        (tour(400, 402), "Plan up to 365 days ahead"),
        (tour(start="10:00"), "Give both times"),
        ({"city": "vienna"}, "Fill this in"),
    ],
)
def test_invalid_tour_is_refused_with_reason(
    provider: Person, form: dict[str, str], why: str
) -> None:
    answer = send(provider, "/tours", **form)

    assert answer.status == 422
    assert why in private_page(answer)


def test_available_now_is_set_and_ended(provider: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "It ends by itself." in saved(provider, send(provider, "/exceptions/now", minutes="60"))
    assert "Available now" in page(provider.web, f"{ROOM}/exceptions")
    assert "no longer shown as available now" in saved(
        provider, send(provider, "/exceptions/now/end")
    )
    saved(provider, send(provider, "/exceptions/now/end"))
    assert send(provider, "/exceptions/now", minutes="5").status == 422


def test_closed_exception_is_added_and_removed(provider: Person) -> None:
    form = {"isOpen": "false", "date": in_days(3), "endDate": in_days(6), "note": "At the sea"}

    html = saved(provider, send(provider, "/exceptions", **form))

    assert "Closed" in html
    assert "At the sea" in html
    twice = send(provider, "/exceptions", **(form | {"date": in_days(5), "endDate": in_days(8)}))
    assert twice.status == 409
    assert "(closed). Remove it below first" in private_page(twice)
    identity = re.search(r'name="id" value="([0-9a-f-]{36})"', html)
    assert identity
    assert "No exceptions" in saved(provider, send(provider, "/exceptions/remove", id=identity[1]))


def test_open_exception_on_one_day_is_shown(provider: Person) -> None:
    html = saved(provider, send(provider, "/exceptions", isOpen="true", date=in_days(2), start="10:00",
                            end="14:00"))  # fmt: skip

    day = date.fromisoformat(in_days(2))
    assert f"{day:%A}, {day.day} {day:%B %Y}, 10:00–14:00" in html


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"isOpen": "false", "date": in_days(-3)}, "This date is in the past"),
        ({"isOpen": "false", "date": in_days(9), "endDate": in_days(7)}, "ends before it begins"),
        ({"date": in_days(9)}, "Fill this in"),
    ],
)
def test_invalid_exception_is_refused_with_reason(
    provider: Person, form: dict[str, str], why: str
) -> None:
    answer = send(provider, "/exceptions", **form)

    assert answer.status == 422
    assert why in private_page(answer)


def test_tour_of_other_provider_is_not_removed(directory: DirectoryWorld, provider: Person) -> None:
    html = saved(provider, send(provider, "/tours", **tour()))
    identity = re.search(r'name="id" value="([0-9a-f-]{36})"', html)
    assert identity
    nora = directory.provider()
    nora.create(name="Nora Lind")
    at_home = directory.at_home(nora)

    assert at_home.web.post(f"{ROOM}/tours/remove", form={"id": identity[1]}).status == 404
    own = at_home.web.post("/nora-lind/admin/tours/remove", form={"id": identity[1]})
    assert own.status == 303

    assert "<strong>Vienna</strong>" in page(provider.web, f"{ROOM}/tours")
