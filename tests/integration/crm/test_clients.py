"""People in the book, through the API."""

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
    assert nora.get("/clients").problem["code"] == "no-such-room"
