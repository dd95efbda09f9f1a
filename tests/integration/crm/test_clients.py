"""Clients through the API."""

from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser


def test_client_created_is_found_and_updated(provider: CrmUser) -> None:
    client = provider.create_client(
        "Leo Brandt", phones=["+49 30 1234567"], emails=["Leo@Example.test"], tags=["Calm"]
    )
    assert client["phones"] == ["+49301234567"]

    for query in ("q=%2B4930%201234567", "q=leo%40example.test", "q=brandt", "tag=calm", ""):
        found = provider.get(f"/clients?{query}").json
        assert [one["id"] for one in found["items"]] == [client["id"]], query
    assert provider.get("/clients?q=nobody").json["items"] == []

    body = {"name": "Leo B.", "notes": "Likes tea.", "version": 1}
    changed = provider.put(f"/clients/{client['id']}", body)
    assert (changed.status, changed.json["version"]) == (200, 2)
    assert provider.put(f"/clients/{client['id']}", body).problem["code"] == "changed-meanwhile"
    assert provider.get(f"/clients/{client['id']}").json["notes"] == "Likes tea."
    assert provider.get("/clients?q=brandt").json["items"] == []


def test_client_with_known_phone_is_rejected_as_duplicate(provider: CrmUser) -> None:
    provider.create_client(phones=["+49 30 1234567"])
    again = {"name": "Other", "phones": ["+49 (30) 123 45 67"]}
    refused = provider.post("/clients", again)
    assert (refused.status, refused.problem["code"]) == (409, "client-exists")
    assert provider.post("/clients", again | {"allowDuplicate": True}).status == 201


def test_client_of_other_provider_returns_404(provider: CrmUser, crm_factory: CrmFactory) -> None:
    client, nora = provider.create_client(), crm_factory.create_user("nora-lind")
    assert nora.get("/clients").json["items"] == []
    assert nora.get(f"/clients/{client['id']}").problem["code"] == "no-such-client"
    nora.slug = provider.slug
    assert nora.get("/clients").problem["code"] == "profile-not-found"


def test_client_profile_is_stored_nowhere_in_plaintext(
    provider: CrmUser, database: Database
) -> None:
    body = {
        "name": "Okarinabrot Quastenflosser",
        "aliases": ["Zwirbelhut"],
        "phones": ["+491701234567"],
        "emails": ["okarina@quastenflosser.test"],
        "referenceSites": [{"site": "Wurzelsepp", "handle": "flosse-77"}],
        "tags": ["Muckefuck"],
        "preferences": "Blümchenkaffee",
        "notes": "Kommt mit dem Tretroller",
    }
    assert provider.post("/clients", body).status == 201
    provider.get("/tags")
    secrets = [
        *(
            "okarinabrot",
            "quastenflosser",
            "zwirbelhut",
            "491701234567",
            "1701234567",
            "wurzelsepp",
        ),
        *("flosse-77", "muckefuck", "blümchenkaffee", "tretroller"),
    ]
    with database.transaction() as work:
        names = work.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'crm' AND table_type = 'BASE TABLE'"
        ).fetchall()
        dump = "\n".join(
            row["line"].casefold()
            for name in names
            for row in work.execute(f"SELECT t::text AS line FROM crm.{name['table_name']} t")
        )
    assert provider.user_id.hex in dump.replace("-", "")
    for secret in secrets:
        for hidden in (secret, secret.encode().hex(), secret.capitalize().encode().hex()):
            assert hidden not in dump, secret


def test_client_list_filters_by_contact_preference(provider: CrmUser) -> None:
    provider.create_client("Leo", communicationPreference="no_contact", screeningStatus="rejected")
    provider.create_client("Ada", referenceSites=[{"site": "Here", "handle": "ada"}])

    def found(query: str) -> list[str]:
        return [one["name"] for one in provider.get(f"/clients?{query}").json["items"]]

    assert found("communicationPreference=no_contact") == ["Leo"]
    assert found("screeningStatus=rejected") == ["Leo"]
    assert found("source=manual&screeningStatus=pending") == ["Ada"]
    assert found("communicationPreference=contact_ok&sort=created") == ["Ada"]
    ada = provider.get("/clients?q=ada").json["items"][0]
    assert ada["referenceSites"] == [{"site": "Here", "handle": "ada"}]
    assert (
        provider.post("/clients", {"name": "X", "communicationPreference": "maybe"}).status == 422
    )


def test_client_list_cursor_continues_after_last_item(provider: CrmUser) -> None:
    names = [f"Client {sign}" for sign in "abcde"]
    for name in names:
        provider.create_client(name)
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = provider.get(f"/clients?limit=2{cursor}").json
        seen += [one["name"] for one in page["items"]]
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == names[::-1]
    assert page["nextCursor"] is None
    assert provider.get("/clients?cursor=nonsense").problem["code"] == "cursor"
