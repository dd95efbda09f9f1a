"""What is under a legal hold is added to, and neither emptied nor replaced."""

from typing import Any

import pytest

from crm.domain.legal_holds import only_appends
from tests.factories.crm import Keeper
from tests.factories.crm_archives import EXPORT, exported, imported
from tests.integration.crm.test_communications import CALL
from tests.integration.crm.test_merging import VISIT, post

WRITTEN: dict[str, tuple[dict[str, Any], str]] = {
    "/visits": (VISIT, "notes"),
    "/communications": (CALL, "text"),
    "/references": ({"name": "Otto", "notes": "Kind."}, "notes"),
    "/screening": ({"type": "other", "details": "Called him."}, "details"),
    "/tasks": ({"title": "Call", "notes": "By evening."}, "notes"),
    "/area-notifications": (
        {"area": "Hamburg", "consentedAt": "2026-03-01T10:00:00Z", "how": "By phone."}, "how",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("after", "adds"),
    [
        ({"notes": "Tea. And cake.", "tags": ["calm", "late"], "more": "x"}, True),
        ({"notes": "Tea.", "tags": ["late", "calm"]}, True),
        ({"notes": "Tea", "tags": ["calm"]}, False),
        ({"tags": ["calm"]}, False),
        ({"notes": "Tea.", "tags": []}, False),
        ({"notes": "Tea.", "tags": "calm"}, False),
    ],
    ids=["more", "same", "shorter", "emptied", "shorter-list", "another-shape"],
)
def test_only_appends_accepts_additions_only(after: dict[str, Any], adds: bool) -> None:
    assert only_appends({"notes": "Tea.", "tags": ["calm"]}, after) == adds


@pytest.mark.slow
def test_update_client_under_legal_hold_may_only_append(mira: Keeper) -> None:
    leo = mira.client("Leo", notes="He hit me.", tags=["calm"])["id"]
    kept = {
        path: post(mira, path, body | {"clientId": leo})["id"]
        for path, (body, _) in WRITTEN.items()
    }
    own = post(mira, "/tasks", {"title": "Candles"})["id"]
    hold = post(mira, "/holds", {"clientId": leo, "reason": "Letter of the court"})

    def refused(path: str, body: dict[str, Any]) -> bool:
        answer = mira.put(path, body)
        assert answer.status in {200, 409}, answer.text
        return answer.status == 409 and answer.problem["code"] == "legal-hold"

    for path, (body, text) in WRITTEN.items():
        one = f"{path}/{kept[path]}"
        for version, less in enumerate(("", "Something else."), start=1):
            assert refused(one, {**body, text: less, "version": 1}), one
            more = {**body, text: f"{body[text]}{' More.' * version}", "version": version}
            assert not refused(one, more), one
    assert mira.put(f"/visits/{kept['/visits']}/payment", {}).status == 200
    assert not refused(f"/tasks/{own}", {"title": "Tea", "version": 1})

    body = {"name": "Leo Brandt", "notes": "He hit me. Twice.", "tags": ["late", "calm"]}
    changes: list[dict[str, Any]] = [{"notes": ""}, {"tags": []}, {"name": "Somebody"}]
    for change in changes:
        assert refused(f"/clients/{leo}", {**body, **change, "version": 1}), change
    assert not refused(f"/clients/{leo}", {**body, "version": 1})
    renamed = mira.post("/tags/rename", {"tag": "calm", "to": "loud"})
    assert renamed.problem["code"] == "legal-hold"

    mira.delete(f"/holds/{hold['id']}")
    assert not refused(f"/clients/{leo}", {"name": "Somebody", "version": 2})


@pytest.mark.slow
def test_import_archive_under_legal_hold_replaces_no_text(
    mira: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    leo, ada = mira.client("Leo", notes="He hit me."), mira.client("Ada", notes="Kind.")
    visit = post(mira, "/visits", VISIT | {"clientId": leo["id"]})
    early = exported(mira).content
    for one in (leo, ada):
        body = {"name": one["name"], "notes": "Nothing.", "version": 1}
        assert mira.put(f"/clients/{one['id']}", body).status == 200
    body = VISIT | {"notes": "Nothing.", "version": 1}
    assert mira.put(f"/visits/{visit['id']}", body).status == 200
    late = exported(mira).content
    assert (
        mira.delete("/clients", json={"confirm": f"delete all clients of {mira.slug}"}).status
        == 200
    )
    imported(mira, early, exportPassphrase=EXPORT)
    post(mira, "/holds", {"clientId": leo["id"], "reason": "Letter of the court"})

    job = imported(mira, late, exportPassphrase=EXPORT)

    found = [(one["what"], one["recordId"], one["outcome"]) for one in job["lines"]]
    assert found == [
        ("clients", leo["id"], "refused"),
        ("clients", ada["id"], "updated"),
        ("visits", visit["id"], "refused"),
    ]
    assert "legal hold" in job["lines"][0]["message"]
    assert mira.get(f"/clients/{leo['id']}").json["notes"] == "He hit me."
    assert mira.get(f"/visits/{visit['id']}").json["notes"] == VISIT["notes"]
