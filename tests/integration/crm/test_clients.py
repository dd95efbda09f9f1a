"""People in the book, through the API."""

from kit.db import Database
from tests.factories.crm import Books, Keeper


def test_somebody_is_kept_found_and_changed(mira: Keeper) -> None:
    kept = mira.client(
        "Leo Brandt", phones=["+49 30 1234567"], emails=["Leo@Example.test"], tags=["Calm"]
    )
    assert kept["phones"] == ["+49301234567"]

    for query in ("q=%2B4930%201234567", "q=leo%40example.test", "q=brandt", "tag=calm", ""):
        found = mira.get(f"/clients?{query}").json
        assert [one["id"] for one in found["items"]] == [kept["id"]], query
    assert mira.get("/clients?q=nobody").json["items"] == []

    body = {"name": "Leo B.", "notes": "Likes tea.", "version": 1}
    changed = mira.put(f"/clients/{kept['id']}", body)
    assert (changed.status, changed.json["version"]) == (200, 2)
    assert mira.put(f"/clients/{kept['id']}", body).problem["code"] == "changed-meanwhile"
    assert mira.get(f"/clients/{kept['id']}").json["notes"] == "Likes tea."
    assert mira.get("/clients?q=brandt").json["items"] == []


def test_the_same_number_is_noticed(mira: Keeper) -> None:
    mira.client(phones=["+49 30 1234567"])
    again = {"name": "Other", "phones": ["+49 (30) 123 45 67"]}
    refused = mira.post("/clients", again)
    assert (refused.status, refused.problem["code"]) == (409, "client-exists")
    assert mira.post("/clients", again | {"allowDuplicate": True}).status == 201


def test_nobody_else_sees_them(mira: Keeper, books: Books) -> None:
    kept, nora = mira.client(), books.keeper("nora-lind")
    assert nora.get("/clients").json["items"] == []
    assert nora.get(f"/clients/{kept['id']}").problem["code"] == "no-such-client"
    nora.slug = mira.slug
    assert nora.get("/clients").problem["code"] == "profile-not-found"


def test_what_identifies_somebody_is_nowhere_in_clear(mira: Keeper, database: Database) -> None:
    said = {
        "name": "Okarinabrot Quastenflosser",
        "aliases": ["Zwirbelhut"],
        "phones": ["+491701234567"],
        "emails": ["okarina@quastenflosser.test"],
        "referenceSites": [{"site": "Wurzelsepp", "handle": "flosse-77"}],
        "tags": ["Muckefuck"],
        "preferences": "Blümchenkaffee",
        "notes": "Kommt mit dem Tretroller",
    }
    assert mira.post("/clients", said).status == 201
    mira.get("/tags")
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
    assert mira.user_id.hex in dump.replace("-", "")
    for secret in secrets:
        for hidden in (secret, secret.encode().hex(), secret.capitalize().encode().hex()):
            assert hidden not in dump, secret


def test_those_who_want_no_letters_are_told_apart(mira: Keeper) -> None:
    mira.client("Leo", communicationPreference="no_contact", screeningStatus="rejected")
    mira.client("Ada", referenceSites=[{"site": "Here", "handle": "ada"}])

    def found(query: str) -> list[str]:
        return [one["name"] for one in mira.get(f"/clients?{query}").json["items"]]

    assert found("communicationPreference=no_contact") == ["Leo"]
    assert found("screeningStatus=rejected") == ["Leo"]
    assert found("source=manual&screeningStatus=pending") == ["Ada"]
    assert found("communicationPreference=contact_ok&sort=created") == ["Ada"]
    ada = mira.get("/clients?q=ada").json["items"][0]
    assert ada["referenceSites"] == [{"site": "Here", "handle": "ada"}]
    assert mira.post("/clients", {"name": "X", "communicationPreference": "maybe"}).status == 422


def test_a_list_goes_on_where_it_stopped(mira: Keeper) -> None:
    names = [f"Client {sign}" for sign in "abcde"]
    for name in names:
        mira.client(name)
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = mira.get(f"/clients?limit=2{cursor}").json
        seen += [one["name"] for one in page["items"]]
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == names[::-1]
    assert page["nextCursor"] is None
    assert mira.get("/clients?cursor=nonsense").problem["code"] == "cursor"
