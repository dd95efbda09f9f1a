"""Pages of data requests, for requesters and for providers."""

from collections.abc import Callable

import pytest

from kit.auth import Audience
from kit.db import Database
from tests.factories.booking_pages import private_page, words
from tests.factories.crm import CrmUser
from tests.factories.crm_pages import HTML, PageClient
from tests.factories.escorts import make_account, sign_in
from tests.fixtures.functions import Answer, FunctionClient

type Functions = Callable[..., FunctionClient]


class RequesterPages:
    """Signed-in client account."""

    def __init__(self, owner: Database, cloud: dict[str, str], functions: Functions) -> None:
        self.user_id = make_account(owner, "client")
        self.email = f"{self.user_id}@example.test"
        token = sign_in(cloud, self.user_id, "client", Audience.SITE)
        self.web = functions("Gateway", token=token)
        self._data_requests = functions("CrmDataRequests")

    def page(self) -> str:
        """Return the page of the account's data requests."""
        return private_page(self.web.get("/privacy", headers=HTML))

    def submit(self, kind: str) -> Answer:
        """Submit a request, and run the dispatch."""
        answer = self.web.post("/privacy", form={"kind": kind})
        self._data_requests.invoke({"job": "dispatch-data-requests"})
        return answer

    def page_after_release(self) -> str:
        """Return the page after the nightly release."""
        self._data_requests.invoke({"job": "release-data-request-answers"})
        return self.page()


@pytest.fixture
def leo(database: Database, cloud: dict[str, str], functions: Functions) -> RequesterPages:
    return RequesterPages(database, cloud, functions)


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


def first_link(page: str, base_path: str) -> str:
    """Return the address of the first case, relative to the workspace's."""
    found = page.split(f'href="{base_path}/data-requests/', 1)[1]
    return "/data-requests/" + found.split('"', 1)[0]


@pytest.mark.slow
def test_data_request_pages_submit_answer_and_read(
    page_client: PageClient, leo: RequesterPages
) -> None:
    page_client.user.create_client("Leo Brandt", emails=[leo.email], notes="Hers alone.")
    assert "Your requests" not in leo.page()
    submitted = leo.submit("access")
    assert (submitted.status, submitted.headers["location"]) == (303, "/privacy?done=submitted")
    assert "Answers are due by" in leo.page()
    repeated = leo.submit("access")
    assert repeated.status == 409
    assert "You have already requested this" in words(repeated.text)

    assert "1 data request to answer within 30 days." in words(page_client.page("/tasks"))
    path = first_link(page_client.page("/data-requests"), page_client.base_path)
    page = private_page(page_client.get(path))
    assert "Hers alone." in page
    assert page.count('name="sections"') == 2
    assert page.count(" checked") == 1
    assert page_client.post(f"{path}/answer", {}).status == 422
    assert "Answered" in words(
        page_client.follow(page_client.post(f"{path}/answer", {"sections": "details"}))
    )
    assert page_client.get(path).headers["location"] == f"{page_client.base_path}/data-requests"
    assert "to answer within 30 days" not in words(page_client.page("/tasks"))

    released_page = leo.page_after_release()
    assert "Leo Brandt" in released_page
    for private in ("Mira", "mira-valen", "Hers alone."):
        assert private not in released_page


def test_data_request_page_erases_client(page_client: PageClient, leo: RequesterPages) -> None:
    known = page_client.user.create_client("Leo Brandt", emails=[leo.email])
    leo.submit("erasure")
    path = first_link(page_client.page("/data-requests"), page_client.base_path)
    assert page_client.post(f"{path}/erase", {}).status == 422
    page = page_client.follow(page_client.post(f"{path}/erase", {"clients": known["id"]}))
    assert "Deleted" in words(page)
    assert page_client.user.get(f"/clients/{known['id']}").status == 404
    assert "has deleted it" in leo.page_after_release()


def test_data_request_page_declines_without_answer(
    page_client: PageClient, leo: RequesterPages
) -> None:
    page_client.user.create_client("Leo Brandt", emails=[leo.email])
    leo.submit("access")
    path = first_link(page_client.page("/data-requests"), page_client.base_path)
    refused = private_page(page_client.post(f"{path}/decline", {}), 422)
    assert 'href="#field-decline-reason"' in refused
    page = page_client.follow(page_client.post(f"{path}/decline", {"reason": "different-person"}))
    assert "Declined" in words(page)
    assert "Received on" not in leo.page_after_release()


def test_data_request_page_without_login_redirects_to_login(
    functions: Functions, page_client: PageClient
) -> None:
    stranger = functions("Gateway").get("/privacy", headers=HTML)
    assert stranger.status == 303
    assert stranger.headers["location"].startswith("/login")
    assert "No data requests." in page_client.page("/data-requests")
