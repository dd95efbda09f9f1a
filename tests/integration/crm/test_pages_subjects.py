"""Asking by the pages: a person in the site, and the provider in her room."""

from collections.abc import Callable

import pytest

from kit.auth import Audience
from kit.db import Database
from tests.factories.booking_pages import whole, words
from tests.factories.crm import CrmUser
from tests.factories.crm_pages import HTML, PageClient
from tests.factories.escorts import make_account, sign_in
from tests.fixtures.functions import Answer, FunctionClient

type Functions = Callable[..., FunctionClient]


class Visitor:
    """A client who is signed in to the site."""

    def __init__(self, owner: Database, cloud: dict[str, str], functions: Functions) -> None:
        self.user_id = make_account(owner, "client")
        self.email = f"{self.user_id}@example.test"
        token = sign_in(cloud, self.user_id, "client", Audience.SITE)
        self.web = functions("Gateway", token=token)
        self._subjects = functions("CrmDataRequests")

    def page(self) -> str:
        """Open the page."""
        return whole(self.web.get("/privacy", headers=HTML))

    def ask(self, kind: str) -> Answer:
        """Press a button on it, and have the books asked."""
        answer = self.web.post("/privacy", form={"kind": kind})
        self._subjects.invoke({"job": "dispatch-data-requests"})
        return answer

    def next_morning(self) -> str:
        """Return the page after a night."""
        self._subjects.invoke({"job": "release-data-request-answers"})
        return self.page()


@pytest.fixture
def leo(database: Database, cloud: dict[str, str], functions: Functions) -> Visitor:
    return Visitor(database, cloud, functions)


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


def first_link(page: str, room: str) -> str:
    """Return the address of the first request, below the room's."""
    found = page.split(f'href="{room}/requests/', 1)[1]
    return "/requests/" + found.split('"', 1)[0]


@pytest.mark.slow
def test_asked_answered_and_read(page_client: PageClient, leo: Visitor) -> None:
    page_client.user.create_client("Leo Brandt", emails=[leo.email], notes="Hers alone.")
    assert "What you asked" not in leo.page()
    asked = leo.ask("access")
    assert (asked.status, asked.headers["location"]) == (303, "/privacy?done=asked")
    assert "Whoever keeps something has until" in leo.page()
    again = leo.ask("access")
    assert again.status == 409
    assert "You have asked for this already" in words(again.text)

    assert "Somebody in your book asks" in words(page_client.page("/tasks"))
    path = first_link(page_client.page("/requests"), page_client.base_path)
    page = whole(page_client.get(path))
    assert "Hers alone." in page
    assert page.count('name="sections"') == 2
    assert page.count(" checked") == 1
    assert page_client.post(f"{path}/answer", {}).status == 422
    assert "Answered" in words(
        page_client.follow(page_client.post(f"{path}/answer", {"sections": "details"}))
    )
    assert page_client.get(path).headers["location"] == f"{page_client.base_path}/requests"
    assert "Somebody in your book asks" not in words(page_client.page("/tasks"))

    told = leo.next_morning()
    assert "Leo Brandt" in told
    for private in ("Mira", "mira-valen", "Hers alone."):
        assert private not in told


def test_erased_by_the_page(page_client: PageClient, leo: Visitor) -> None:
    known = page_client.user.create_client("Leo Brandt", emails=[leo.email])
    leo.ask("erasure")
    path = first_link(page_client.page("/requests"), page_client.base_path)
    assert page_client.post(f"{path}/erase", {}).status == 422
    page = page_client.follow(page_client.post(f"{path}/erase", {"clients": known["id"]}))
    assert "Erased" in words(page)
    assert page_client.user.get(f"/clients/{known['id']}").status == 404
    assert "has erased it" in leo.next_morning()


def test_declined_by_the_page(page_client: PageClient, leo: Visitor) -> None:
    page_client.user.create_client("Leo Brandt", emails=[leo.email])
    leo.ask("access")
    path = first_link(page_client.page("/requests"), page_client.base_path)
    refused = whole(page_client.post(f"{path}/decline", {}), 422)
    assert 'href="#field-decline-reason"' in refused
    page = page_client.follow(page_client.post(f"{path}/decline", {"reason": "somebody-else"}))
    assert "Declined" in words(page)
    assert "Arrived on" not in leo.next_morning()


def test_who_is_not_signed_in_is_led_there(functions: Functions, page_client: PageClient) -> None:
    stranger = functions("Gateway").get("/privacy", headers=HTML)
    assert stranger.status == 303
    assert stranger.headers["location"].startswith("/login")
    assert "Nobody asks." in page_client.page("/requests")
