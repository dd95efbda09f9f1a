"""People in the book, by its pages."""

import re
from uuid import UUID

import pytest

from tests.factories.crm import Books, Keeper
from tests.factories.crm_pages import HTML, Reader

PAGES = ("", "/clients", "/clients/new", "/visits", "/visits/new", "/tasks", "/tasks?state=done")


@pytest.fixture
def her(mira: Keeper) -> Reader:
    return Reader(mira)


@pytest.mark.parametrize("part", PAGES)
def test_every_page_opens_to_her_and_is_discreet(her: Reader, part: str) -> None:
    for _ in ("empty", "with somebody in it"):
        answer = her.get(part)
        assert answer.status == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert re.findall("<title>(.*?)</title>", answer.text) == ["Notes"]
        assert "HelloMahi" not in answer.text
        her.keeper.client("Leo Brandt")


@pytest.mark.parametrize("part", PAGES)
def test_nobody_else_gets_in(her: Reader, books: Books, part: str) -> None:
    answer = her.stranger().request("GET", f"{her.room}{part}", headers=HTML)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/mira-valen/crm/login?next=")
    nora = Reader(books.keeper("nora-lind"))
    nora.keeper.slug = her.keeper.slug
    assert nora.get(part).status == 404


@pytest.mark.slow
def test_somebody_is_added_found_and_changed(her: Reader) -> None:
    values = {
        "name": "Leo Brandt",
        "aliases": "L.\nLeopold",
        "phones": ["+49 30 1234567", ""],
        "emails": ["leo@example.test", ""],
        "tags": "calm\ntea, no wine",
        "sites": "P411: leo_b",
        "notes": "Likes tea.",
    }
    page = her.follow(her.post("/clients/new", values))
    assert "It is in your book." in page
    for text in ("Leo Brandt", "L., Leopold", "+49301234567", "P411 as leo_b", "Likes tea."):
        assert text in page

    for query in ("brandt", "+49 30 1234567", "LEO@example.test"):
        found = her.post("/clients/find", {"q": query})
        assert "brandt" not in found.headers["location"].lower()
        assert "Leo Brandt" in her.follow(found), query
    assert "Leo Brandt" in her.follow(her.post("/clients/find", {"tag": "Calm"}))
    assert "Nobody like that" in her.follow(her.post("/clients/find", {"q": "somebody"}))
    assert "Write the number with its country" in her.follow(
        her.post("/clients/find", {"q": "030 1234567"}), 422
    )

    [client] = her.keeper.get("/clients").json["items"]
    form = her.page(f"/clients/{client['id']}/edit")
    assert 'value="+49301234567"' in form
    assert "calm\ntea, no wine</textarea>" in form
    changed = values | {"name": "Leo B.", "version": "1"}
    assert "Saved." in her.follow(her.post(f"/clients/{client['id']}/edit", changed))
    again = her.post(f"/clients/{client['id']}/edit", changed)
    assert again.status == 412
    assert "This was changed meanwhile" in again.text


def test_what_was_typed_stays_where_it_is_refused(her: Reader) -> None:
    refused = her.post(
        "/clients/new", {"name": "", "phones": ["12"], "notes": "A long note.", "sites": "no colon"}
    )
    assert refused.status == 422
    assert "A long note." in refused.text
    assert 'value="12"' in refused.text
    refused = her.post("/clients/new", {"name": "Leo", "sites": "no colon"})
    assert "One per line, site and name with a colon between them" in refused.text


def test_a_duplicate_is_shown_and_kept_if_she_wants_it(her: Reader) -> None:
    first = her.keeper.client("Leo Brandt", phones=["+49 30 1234567"])
    values = {"name": "Leopold", "phones": ["+49 (30) 1234567"]}
    warned = her.post("/clients/new", values)
    assert warned.status == 409
    assert f"/clients/{first['id']}" in warned.text
    assert "Keep both" in warned.text
    assert "It is in your book." in her.follow(her.post("/clients/new", values | {"then": "keep"}))


@pytest.mark.slow
def test_notes_calls_and_things_to_do_are_written_down(her: Reader) -> None:
    client = her.keeper.client()
    here = f"/clients/{client['id']}"
    assert "Brought flowers." in her.follow(her.post(f"{here}/note", {"note": "Brought flowers."}))
    said = {"type": "call", "direction": "inbound", "text": "Asked for Friday."}
    page = her.follow(her.post(f"{here}/said", said))
    assert "Call from them" in page
    assert "Asked for Friday." in page
    page = her.follow(her.post(f"{here}/task", {"title": "Call back", "due": "2026-01-05"}))
    assert "To do: Call back" in page
    refused = her.post(f"{here}/task", {"title": ""})
    assert refused.status == 422
    assert 'aria-invalid="true"' in refused.text

    tasks = her.page("/tasks")
    assert "Call back" in tasks
    assert "Overdue" in tasks
    [task] = her.keeper.get("/tasks").json["items"]
    ticked = her.post(f"/tasks/{task['id']}/done", {"version": str(task["version"])})
    assert "Nothing is waiting for you." in her.follow(ticked)
    assert "Call back" in her.page("/tasks?state=done")


def test_an_entry_is_put_away_and_taken_back(her: Reader) -> None:
    client = her.keeper.client("Leo Brandt")
    here = f"/clients/{client['id']}"
    assert "Put away" in her.follow(her.post(f"{here}/archive", {"version": "1"}))
    assert "Leo Brandt" not in her.page("/clients")
    assert "Leo Brandt" in her.page("/clients?archived=true")
    assert "Back in the list." in her.follow(her.post(f"{here}/unarchive", {"version": "2"}))


def test_two_entries_become_one(her: Reader) -> None:
    stays = her.keeper.client("Leo Brandt", phones=["+49 30 1234567"])
    goes = her.keeper.client("Leopold", emails=["leo@example.test"])
    here = f"/clients/{stays['id']}/merge"
    assert "Leopold" in her.page(here)
    both = her.page(f"{here}?with={goes['id']}")
    assert "Goes into it" in both
    page = her.follow(her.post(here, {"other": goes["id"], "version": "1"}))
    assert "Clients merged." in page
    assert "leo@example.test" in page
    assert her.get(f"/clients/{goes['id']}").status == 404
    assert her.post(here, {"other": stays["id"], "version": "2"}).status == 422


def test_a_duplicate_may_be_merged_at_once(her: Reader) -> None:
    first = her.keeper.client("Leo Brandt", phones=["+49 30 1234567"])
    values = {"name": "Leopold", "phones": ["+49301234567"], "then": first["id"]}
    both = her.follow(her.post("/clients/new", values))
    assert "Goes into it" in both
    assert "Leopold" in both


def test_nobody_is_forgotten_by_accident(her: Reader) -> None:
    client = her.keeper.client("Leo Brandt")
    here = f"/clients/{client['id']}"
    refused = her.post(f"{here}/forget", {"confirm": "yes"})
    assert refused.status == 422
    assert "Type the word forget." in refused.text
    assert "Forgotten" in her.follow(her.post(f"{here}/forget", {"confirm": "Forget"}))
    assert her.get(here).status == 404


def test_what_was_said_is_put_right_and_taken_out(her: Reader) -> None:
    client = her.keeper.client()
    said = {
        "type": "call",
        "direction": "inbound",
        "text": "Asked for Friday.",
        "day": "2026-10-01",
    }
    her.post(f"/clients/{client['id']}/said", said)
    [kept] = her.keeper.get("/communications").json["items"]
    here = f"/said/{kept['id']}"
    assert "Asked for Friday." in her.page(here)
    changed = said | {"text": "Asked for Saturday.", "version": "1"}
    assert "Asked for Saturday." in her.follow(her.post(here, changed))
    [after] = her.keeper.get("/communications").json["items"]
    assert after["happenedAt"] == kept["happenedAt"]
    assert her.post(here, changed).status == 412
    assert "Asked for Saturday." not in her.follow(her.post(f"{here}/remove"))
    assert her.get(here).status == 404


def test_who_is_in_it_twice_is_shown(her: Reader) -> None:
    assert "Nobody is in it twice" in her.page("/clients/duplicates")
    first = her.keeper.client("Leo Brandt", phones=["+49 30 1234567"])
    other = her.keeper.client("Leopold", phones=["+49 30 1234567"], allowDuplicate=True)
    page = her.page("/clients/duplicates")
    assert "2 with the same number" in page
    assert f"/clients/{first['id']}/merge?with={other['id']}" in page
    her.post(f"/clients/{first['id']}/merge", {"other": other["id"], "version": "1"})
    assert "Merged with Leopold" in her.page(f"/clients/{first['id']}")


@pytest.mark.parametrize(
    "part",
    ["/visits/new?client=x", "/clients?find=x", "/clients?find=" + "A" * 60, "/tasks?cursor=x"],
)
def test_an_address_that_is_none_of_ours_harms_nothing(her: Reader, part: str) -> None:
    assert her.get(part).status in (200, 303)


@pytest.mark.parametrize("part", ["/visits/x", f"/clients/{UUID(int=1)}", "/tasks/1"])
def test_what_is_not_there_is_said_in_the_rooms_own_frame(her: Reader, part: str) -> None:
    page = her.page(part, 404)
    assert "Page not found" in page
    assert "HelloMahi" not in page
    assert her.keeper.get(part).problem["status"] in (404, 422)
