"""Checks and referees, by the pages."""

import re
from datetime import timedelta
from typing import Any

import pytest

from kit import clock
from tests.factories.booking_pages import whole, words
from tests.factories.crm import Books, Keeper
from tests.factories.crm_pages import HTML, Reader

SITES = [{"site": "P411", "handle": "leo_b"}]


@pytest.fixture
def her(mira: Keeper) -> Reader:
    return Reader(mira)


@pytest.fixture
def leo(her: Reader) -> dict[str, Any]:
    return her.keeper.client("Leo Brandt", referenceSites=SITES)


def the_one(her: Reader, part: str) -> str:
    """Return where the only one of a list is."""
    [here] = re.findall(rf'rowheader"><a href="[^"]*/crm({part}/[0-9a-f-]+)"', her.page(part))
    return str(here)


def test_a_check_is_written_down_passed_and_runs_out(
    her: Reader, leo: dict[str, Any], books: Books
) -> None:
    assert "No checks yet" in whole(her.get("/screening"))
    new = whole(her.get(f"/screening/new?client={leo['id']}"))
    assert 'value="P411"' in new
    values = {
        "client": leo["id"], "type": "reference_sites", "details": "Three good words.",
        "sites": ["P411"],
    }  # fmt: skip
    page = her.follow(her.post("/screening/new", values))
    assert "A check of Leo Brandt" in page
    assert "Three good words." in page
    here = the_one(her, "/screening")

    soon = (clock.now() + timedelta(days=30)).date().isoformat()
    decided = {"until": soon, "clientStatus": "approved"}
    page = words(her.follow(her.post(f"{here}/verify", decided)))
    assert "Verified" in page
    assert "counts until" in page
    assert "Approved" in her.page(f"/clients/{leo['id']}")
    assert "Leo Brandt" in her.page("/screening?status=verified").partition("<tbody")[2]

    with books.owner.transaction() as work:
        work.execute(
            "UPDATE crm.screenings SET verified_at = now() - interval '2 hours',"
            " expires_at = now() - interval '1 hour'"
        )
    assert "Expired" in her.page(here)


def test_a_check_is_failed_put_right_and_taken_out(her: Reader, leo: dict[str, Any]) -> None:
    her.post("/screening/new", {"client": leo["id"], "type": "other"})
    here = the_one(her, "/screening")
    page = her.follow(her.post(f"{here}/fail", {"clientStatus": "rejected"}))
    assert "Failed" in page
    assert "Rejected" in her.page(f"/clients/{leo['id']}")
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    changed = {"version": version[1], "type": "job_validation", "details": "No such company."}
    assert "No such company." in her.follow(her.post(here, changed))
    assert "This was changed meanwhile" in whole(her.post(here, changed), 412)
    assert "No checks yet" in her.follow(her.post(f"{here}/remove"))
    assert her.get(here).status == 404


def test_from_somebody_to_their_checks(her: Reader, leo: dict[str, Any]) -> None:
    her.post("/screening/new", {"client": leo["id"], "type": "other"})
    ida = her.keeper.client("Ida Moser")
    here = f"/screening?client={ida['id']}"
    assert here in her.page(f"/clients/{ida['id']}")
    page = whole(her.get(here))
    assert "Leo Brandt" not in page
    assert f"/screening/new?client={ida['id']}" in page


def test_what_is_refused_keeps_what_was_typed(her: Reader, leo: dict[str, Any]) -> None:
    page = whole(her.post("/screening/new", {"type": "other", "details": "Long words."}), 422)
    assert "Long words." in page
    her.post("/screening/new", {"client": leo["id"], "type": "other"})
    here = the_one(her, "/screening")
    refused = whole(her.post(f"{here}/verify", {"until": "2020-01-01"}), 422)
    assert "a time in the next five years" in refused
    assert 'href="#field-passed-until"' in refused
    assert 'value="2020-01-01"' in refused


def test_a_referee_is_asked_and_forgotten(her: Reader, leo: dict[str, Any]) -> None:
    assert "Nobody yet" in whole(her.get("/references"))
    today = clock.now().date().isoformat()
    values = {
        "client": leo["id"], "name": "Ida Moser", "contact": "ida@example.test",
        "contacted": today, "status": "pending", "forgetAfterDays": "60",
    }  # fmt: skip
    page = her.follow(her.post("/references/new", values))
    for said in ("Ida Moser", "No answer yet", "ida@example.test"):
        assert said in page
    here = the_one(her, "/references")
    form = whole(her.get(here))
    assert f'value="{today}"' in form
    answered = {**values, "status": "positive", "notes": "Always on time.", "version": "1"}
    page = her.follow(her.post(here, {k: v for k, v in answered.items() if k != "client"}))
    assert "Always on time." in page
    assert "Ida Moser" in her.page("/references?status=positive")
    assert "Nobody like that" in her.page("/references?status=negative")
    assert "Nobody yet" in her.follow(her.post(f"{here}/remove"))


def test_a_referee_is_not_asked_tomorrow(her: Reader, leo: dict[str, Any]) -> None:
    ahead = (clock.now() + timedelta(days=3)).date().isoformat()
    values = {"client": leo["id"], "name": "Ida", "contacted": ahead, "notes": "Soon."}
    page = whole(her.post("/references/new", values), 422)
    assert 'href="#field-contacted"' in page
    assert "Soon." in page


def test_lists_go_on(her: Reader, leo: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.pages.screening.PER_PAGE", 1)
    for _ in range(2):
        her.post("/screening/new", {"client": leo["id"], "type": "other"})
    more = re.search(r'href="[^"]*/crm(/screening\?[^"]+)" rel="next"', her.page("/screening"))
    assert more
    assert 'rel="next"' not in her.page(more[1].replace("&amp;", "&"))
    assert her.get("/screening?cursor=made-up").status == 303


@pytest.mark.parametrize("part", ["/screening", "/screening/new", "/references", "/references/new"])
def test_nobody_else_gets_in(her: Reader, books: Books, part: str) -> None:
    answer = her.stranger().request("GET", f"{her.room}{part}", headers=HTML)
    assert answer.status == 303
    nora = Reader(books.keeper("nora-lind"))
    nora.keeper.slug = her.keeper.slug
    assert nora.get(part).status == 404
