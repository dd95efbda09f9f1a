"""Area notifications: consent with its time, letters that are sealed until they are sent, and a way to hear no more."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kit import clock
from kit.db import Database
from local.services.emulator import Emulator
from local.services.messages import Mail, mails
from tests.factories.crm import CrmFactory, CrmUser
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]
AREA = "/area-notifications"
MESSAGE = "I am in Hamburg from the third of May."


def wish(user: CrmUser, client_id: str, **changes: Any) -> dict[str, Any]:
    """Write down that a client wants to hear of Hamburg."""
    asked = (clock.now() - timedelta(days=3)).isoformat()
    body = {"clientId": client_id, "area": "Hamburg", "consentedAt": asked, "how": "By phone."}
    answer = user.post(AREA, body | changes)
    assert answer.status == 201, answer.text
    kept: dict[str, Any] = answer.json
    return kept


def events(database: Database) -> list[dict[str, Any]]:
    """Return what the outbox holds of letters."""
    with database.transaction() as work:
        rows = work.execute(
            "SELECT envelope FROM outbox.messages WHERE type = 'CampaignEmailQueued' ORDER BY id"
        ).fetchall()
    return [row["envelope"] for row in rows]


def records(envelopes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return them as the queue brings them."""
    return {
        "Records": [
            {"messageId": one["id"], "body": json.dumps({"detail": one})} for one in envelopes
        ]
    }


@pytest.fixture
def sent(emulator: Emulator) -> Callable[[str], list[Mail]]:
    """Tells which letters left to an address, which only one test has."""
    return lambda address: [one for one in mails(emulator) if address in one.to]


def test_a_letter_is_sealed_sent_once_and_ends_with_its_link(
    provider: CrmUser, database: Database, functions: Functions, sent: Callable[[str], list[Mail]]
) -> None:
    address = f"leo.areas.{uuid4()}@example.test"
    leo = provider.create_client(emails=[address])
    kept = wish(provider, leo["id"])
    body = {"area": "hamburg ", "message": MESSAGE, "announcementId": leo["id"]}
    assert provider.get(f"{AREA}/audience?area=HAMBURG").json == {
        "byMail": 1, "byYourself": [], "resting": 0,
    }  # fmt: skip

    assert [provider.post(f"{AREA}/announce", body).json["letters"] for _ in range(2)] == [1, 1]
    found = events(database)
    assert len(found) == 1
    told = json.dumps(found)
    with database.transaction() as work:
        stored = str(work.execute("SELECT sealed FROM crm.campaign_emails").fetchall())
    for private in ("leo.areas", "Hamburg", "Leo Brandt"):
        assert private not in told
        assert private not in stored

    for _ in range(2):
        assert functions("CrmMailer").invoke(records(found)) == {"batchItemFailures": []}
    (mail,) = sent(address)
    assert MESSAGE in mail.text
    assert mail.subject == "The news you asked for"
    with database.transaction() as work:
        assert work.execute("SELECT FROM crm.campaign_emails").fetchall() == []

    link = mail.links[-1].removeprefix("https://hellomahi.test")
    anybody = functions("Gateway")
    asked = anybody.get(link, headers={"accept": "text/html"})
    assert asked.status == 200
    assert provider.get(f"{AREA}/{kept['id']}").json["active"] is True
    ended = anybody.post(link, form={"List-Unsubscribe": "One-Click"})
    assert ended.status == 200
    # The token of the link is random: any three letters may stand in it.
    pages = [page.text.replace(link.rpartition("/")[2], "") for page in (asked, ended)]
    for private in ("Mira", "Leo", "Hamburg", "leo.areas"):
        assert [page for page in pages if private in page] == []
    now = provider.get(f"{AREA}/{kept['id']}").json
    assert (now["active"], now["version"]) == (False, 2)
    assert provider.get(f"{AREA}/audience?area=hamburg").json["byMail"] == 0


@pytest.mark.slow
def test_nobody_is_pursued_by_letters(
    provider: CrmUser, database: Database, functions: Functions, sent: Callable[[str], list[Mail]]
) -> None:
    """One letter in seven days, whatever is announced; and none after an end, whatever is written down anew."""
    address = f"kai.{uuid4()}@example.test"
    kai = provider.create_client("Kai Moser", emails=[address])
    wish(provider, kai["id"])
    wish(provider, kai["id"], area="Bremen")
    for area, letters in (("Hamburg", 1), ("Bremen", 0), ("Hamburg", 0)):
        answer = provider.post(f"{AREA}/announce", {"area": area, "message": MESSAGE})
        assert answer.json["letters"] == letters, area
    assert provider.get(f"{AREA}/audience?area=Bremen").json["resting"] == 1
    provider.post("/encryption/rotate")
    provider.post("/encryption/rekey")
    assert (
        provider.post(f"{AREA}/announce", {"area": "Bremen", "message": MESSAGE}).json["letters"]
        == 0
    )
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.campaign_recipients SET written_at = written_at - interval '8 days'"
        )
    assert (
        provider.post(f"{AREA}/announce", {"area": "Bremen", "message": MESSAGE}).json["letters"]
        == 1
    )

    functions("CrmMailer").invoke(records(events(database)))
    links = {mail.links[-1] for mail in sent(address)}
    assert len(links) == 1
    path = links.pop().removeprefix("https://hellomahi.test")
    assert functions("Gateway").post(path, form={}).status == 200
    wish(provider, kai["id"])
    again = provider.create_client("Somebody else", emails=[address.upper()], allowDuplicate=True)
    wish(provider, again["id"])
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.campaign_recipients SET written_at = written_at - interval '8 days'"
        )
    answer = provider.post(f"{AREA}/announce", {"area": "Hamburg", "message": MESSAGE})
    assert answer.json == {"letters": 0, "byYourself": []}


def test_a_link_that_is_nobodys_ends_nothing_and_says_the_same(
    provider: CrmUser, functions: Functions
) -> None:
    kept = wish(provider, provider.create_client(emails=["leo.areas@example.test"])["id"])
    assert functions("Gateway").post(f"/unsubscribe/{'A' * 48}", form={}).status == 200
    assert functions("Gateway").post("/unsubscribe/short", form={}).status == 422
    assert provider.get(f"{AREA}/{kept['id']}").json["active"] is True


def test_whom_she_may_not_write_to_is_left_out(provider: CrmUser) -> None:
    silent = provider.create_client(
        "Silent", emails=["a@example.test"], communicationPreference="no_contact"
    )
    texts = provider.create_client("Texts", phones=["+49 30 1234567"])
    twice = provider.create_client("Twice", emails=["b@example.test"])
    wish(provider, silent["id"])
    wish(provider, texts["id"], channel="sms")
    for _ in range(2):
        wish(provider, twice["id"], channel="both")
    wish(provider, twice["id"], area="Bremen")

    audience = provider.get(f"{AREA}/audience?area=Hamburg").json
    assert audience["byMail"] == 1
    assert {one["name"] for one in audience["byYourself"]} == {"Texts", "Twice"}


def test_a_wish_has_its_time_and_is_not_brought_back(provider: CrmUser) -> None:
    leo = provider.create_client()
    ahead = (clock.now() + timedelta(days=1)).isoformat()
    asked = {"clientId": leo["id"], "area": "Hamburg", "consentedAt": ahead}
    refused = provider.post(AREA, asked)
    assert (refused.status, refused.problem["field"]) == (422, "consentedAt")

    kept = wish(provider, leo["id"])
    assert provider.post(f"{AREA}/{kept['id']}/end", {"version": 1}).json["active"] is False
    assert provider.post(f"{AREA}/{kept['id']}/end", {"version": 1}).json["version"] == 2
    again = {"area": "Hamburg", "consentedAt": kept["consentedAt"], "version": 2}
    assert provider.put(f"{AREA}/{kept['id']}", again).problem["code"] == "consent-ended"
    assert (
        provider.get(f"{AREA}?clientId={leo['id']}").json["items"][0]["clientName"] == "Leo Brandt"
    )
    assert provider.delete(f"{AREA}/{kept['id']}").status == 204


def test_a_book_sends_so_many_letters_a_day(provider: CrmUser, database: Database) -> None:
    wish(provider, provider.create_client(emails=["c@example.test"])["id"])
    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.campaigns VALUES (%s, gen_random_uuid(), '', 300, now())",
            (provider.user_id,),
        )
    refused = provider.post(f"{AREA}/announce", {"area": "Hamburg", "message": MESSAGE})
    assert (refused.status, refused.problem["code"]) == (429, "too-many-letters")
    assert events(database) == []


def test_another_book_hears_nothing_of_them(provider: CrmUser, crm_factory: CrmFactory) -> None:
    kept = wish(provider, provider.create_client(emails=["d@example.test"])["id"])
    nora = crm_factory.create_user("nora-lind")
    assert nora.get(f"{AREA}/{kept['id']}").status == 404
    assert nora.get(f"{AREA}/audience?area=Hamburg").json["byMail"] == 0


def test_letters_that_cannot_be_sent_are_forgotten(
    provider: CrmUser, database: Database, functions: Functions
) -> None:
    wish(provider, provider.create_client(emails=["e@example.test"])["id"])
    provider.post(f"{AREA}/announce", {"area": "Hamburg", "message": MESSAGE})
    job = {"job": "delete-campaign-emails"}
    assert functions("CrmScheduled").invoke(job) == {"count": 0}
    with database.transaction() as work:
        work.execute("UPDATE crm.campaign_emails SET created_at = created_at - interval '8 days'")
    assert functions("CrmScheduled").invoke(job) == {"count": 1}
    assert functions("CrmMailer").invoke(records(events(database))) == {"batchItemFailures": []}
