"""Client pages."""

import re
from uuid import UUID

import pytest

from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import HTML, PageClient

PAGES = ("", "/clients", "/clients/new", "/visits", "/visits/new", "/tasks", "/tasks?state=done")


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


@pytest.mark.parametrize("part", PAGES)
def test_crm_pages_open_to_provider_with_discreet_title(page_client: PageClient, part: str) -> None:
    for _ in ("empty", "with somebody in it"):
        answer = page_client.get(part)
        assert answer.status == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert re.findall("<title>(.*?)</title>", answer.text) == ["Notes"]
        assert "HelloMahi" not in answer.text
        page_client.user.create_client("Leo Brandt")


@pytest.mark.parametrize("part", PAGES)
def test_crm_pages_redirect_other_accounts_to_login(
    page_client: PageClient, crm_factory: CrmFactory, part: str
) -> None:
    answer = page_client.anonymous().request("GET", f"{page_client.base_path}{part}", headers=HTML)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/mira-valen/crm/login?next=")
    nora = PageClient(crm_factory.create_user("nora-lind"))
    nora.user.slug = page_client.user.slug
    assert nora.get(part).status == 404


@pytest.mark.slow
def test_client_page_adds_finds_and_edits_client(page_client: PageClient) -> None:
    values = {
        "name": "Leo Brandt",
        "aliases": "L.\nLeopold",
        "phones": ["+49 30 1234567", ""],
        "emails": ["leo@example.test", ""],
        "tags": "calm\ntea, no wine",
        "referenceSites": "P411: leo_b",
        "notes": "Likes tea.",
    }
    page = page_client.follow(page_client.post("/clients/new", values))
    assert "Added." in page
    for text in ("Leo Brandt", "L., Leopold", "+49301234567", "P411 as leo_b", "Likes tea."):
        assert text in page

    for query in ("brandt", "+49 30 1234567", "LEO@example.test"):
        found = page_client.post("/clients/find", {"q": query})
        assert "brandt" not in found.headers["location"].lower()
        assert "Leo Brandt" in page_client.follow(found), query
    assert "Leo Brandt" in page_client.follow(page_client.post("/clients/find", {"tag": "Calm"}))
    assert "No matching clients" in page_client.follow(
        page_client.post("/clients/find", {"q": "unknown"})
    )
    assert "Write the number with its country" in page_client.follow(
        page_client.post("/clients/find", {"q": "030 1234567"}), 422
    )

    [client] = page_client.user.get("/clients").json["items"]
    form = page_client.page(f"/clients/{client['id']}/edit")
    assert 'value="+49301234567"' in form
    assert "calm\ntea, no wine</textarea>" in form
    changed = values | {"name": "Leo B.", "version": "1"}
    assert "Saved." in page_client.follow(
        page_client.post(f"/clients/{client['id']}/edit", changed)
    )
    again = page_client.post(f"/clients/{client['id']}/edit", changed)
    assert again.status == 412
    assert "This was changed in the meantime" in again.text


def test_client_form_with_errors_keeps_input(page_client: PageClient) -> None:
    refused = page_client.post(
        "/clients/new",
        {"name": "", "phones": ["12"], "notes": "A long note.", "referenceSites": "no colon"},
    )
    assert refused.status == 422
    assert "A long note." in refused.text
    assert 'value="12"' in refused.text
    refused = page_client.post("/clients/new", {"name": "Leo", "referenceSites": "no colon"})
    assert "Enter site and name with a colon between them." in refused.text


def test_client_form_duplicate_is_shown_and_added_on_confirmation(page_client: PageClient) -> None:
    first = page_client.user.create_client("Leo Brandt", phones=["+49 30 1234567"])
    values = {"name": "Leopold", "phones": ["+49 (30) 1234567"]}
    warned = page_client.post("/clients/new", values)
    assert warned.status == 409
    assert f"/clients/{first['id']}" in warned.text
    assert "Keep both" in warned.text
    assert "Added." in page_client.follow(
        page_client.post("/clients/new", values | {"then": "keep"})
    )


@pytest.mark.slow
def test_client_page_adds_note_call_and_task(page_client: PageClient) -> None:
    client = page_client.user.create_client()
    here = f"/clients/{client['id']}"
    assert "Brought flowers." in page_client.follow(
        page_client.post(f"{here}/note", {"note": "Brought flowers."})
    )
    communication = {"type": "call", "direction": "inbound", "text": "Asked for Friday."}
    page = page_client.follow(page_client.post(f"{here}/communications", communication))
    assert "Call from the client" in page
    assert "Asked for Friday." in page
    page = page_client.follow(
        page_client.post(f"{here}/task", {"title": "Call back", "due": "2026-01-05"})
    )
    assert "Task: Call back" in page
    refused = page_client.post(f"{here}/task", {"title": ""})
    assert refused.status == 422
    assert 'aria-invalid="true"' in refused.text

    tasks = page_client.page("/tasks")
    assert "Call back" in tasks
    assert "Overdue" in tasks
    [task] = page_client.user.get("/tasks").json["items"]
    ticked = page_client.post(f"/tasks/{task['id']}/done", {"version": str(task["version"])})
    assert "No open tasks." in page_client.follow(ticked)
    assert "Call back" in page_client.page("/tasks?state=done")


def test_client_page_archives_and_restores_client(page_client: PageClient) -> None:
    client = page_client.user.create_client("Leo Brandt")
    here = f"/clients/{client['id']}"
    assert "Archived" in page_client.follow(page_client.post(f"{here}/archive", {"version": "1"}))
    assert "Leo Brandt" not in page_client.page("/clients")
    assert "Leo Brandt" in page_client.page("/clients?archived=true")
    assert "Restored." in page_client.follow(
        page_client.post(f"{here}/unarchive", {"version": "2"})
    )


def test_merge_page_merges_clients(page_client: PageClient) -> None:
    target = page_client.user.create_client("Leo Brandt", phones=["+49 30 1234567"])
    goes = page_client.user.create_client("Leopold", emails=["leo@example.test"])
    here = f"/clients/{target['id']}/merge"
    assert "Leopold" in page_client.page(here)
    both = page_client.page(f"{here}?with={goes['id']}")
    assert "Merged into it" in both
    page = page_client.follow(page_client.post(here, {"other": goes["id"], "version": "1"}))
    assert "Clients merged." in page
    assert "leo@example.test" in page
    assert page_client.get(f"/clients/{goes['id']}").status == 404
    assert page_client.post(here, {"other": target["id"], "version": "2"}).status == 422


def test_client_form_duplicate_leads_to_merge(page_client: PageClient) -> None:
    first = page_client.user.create_client("Leo Brandt", phones=["+49 30 1234567"])
    values = {"name": "Leopold", "phones": ["+49301234567"], "then": first["id"]}
    both = page_client.follow(page_client.post("/clients/new", values))
    assert "Merged into it" in both
    assert "Leopold" in both


def test_client_page_erase_requires_confirmation_word(page_client: PageClient) -> None:
    client = page_client.user.create_client("Leo Brandt")
    here = f"/clients/{client['id']}"
    refused = page_client.post(f"{here}/erase", {"confirm": "yes"})
    assert refused.status == 422
    assert "Type the word delete." in refused.text
    assert "The key is destroyed" in page_client.follow(
        page_client.post(f"{here}/erase", {"confirm": "Delete"})
    )
    assert page_client.get(here).status == 404


def test_communication_page_edits_and_deletes(page_client: PageClient) -> None:
    client = page_client.user.create_client()
    communication = {
        "type": "call",
        "direction": "inbound",
        "text": "Asked for Friday.",
        "day": "2026-10-01",
    }
    page_client.post(f"/clients/{client['id']}/communications", communication)
    [added] = page_client.user.get("/communications").json["items"]
    here = f"/communications/{added['id']}"
    assert "Asked for Friday." in page_client.page(here)
    changed = communication | {"text": "Asked for Saturday.", "version": "1"}
    assert "Asked for Saturday." in page_client.follow(page_client.post(here, changed))
    [after] = page_client.user.get("/communications").json["items"]
    assert after["happenedAt"] == added["happenedAt"]
    assert page_client.post(here, changed).status == 412
    assert "Asked for Saturday." not in page_client.follow(page_client.post(f"{here}/remove"))
    assert page_client.get(here).status == 404


def test_duplicates_page_lists_clients_with_shared_phone(page_client: PageClient) -> None:
    assert "No duplicates" in page_client.page("/clients/duplicates")
    first = page_client.user.create_client("Leo Brandt", phones=["+49 30 1234567"])
    other = page_client.user.create_client(
        "Leopold", phones=["+49 30 1234567"], allowDuplicate=True
    )
    page = page_client.page("/clients/duplicates")
    assert "2 with the same number" in page
    assert f"/clients/{first['id']}/merge?with={other['id']}" in page
    page_client.post(f"/clients/{first['id']}/merge", {"other": other["id"], "version": "1"})
    assert "Merged with Leopold" in page_client.page(f"/clients/{first['id']}")


@pytest.mark.parametrize(
    "part",
    ["/visits/new?client=x", "/clients?find=x", "/clients?find=" + "A" * 60, "/tasks?cursor=x"],
)
def test_crm_page_with_malformed_parameters_opens(page_client: PageClient, part: str) -> None:
    assert page_client.get(part).status in (200, 303)


@pytest.mark.parametrize("part", ["/visits/x", f"/clients/{UUID(int=1)}", "/tasks/1"])
def test_crm_page_not_found_uses_discreet_layout(page_client: PageClient, part: str) -> None:
    page = page_client.page(part, 404)
    assert "Page not found" in page
    assert "HelloMahi" not in page
    assert page_client.user.get(part).problem["status"] in (404, 422)
