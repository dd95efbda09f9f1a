"""What is under a legal hold is added to, and neither emptied nor replaced."""

from typing import Any

import pytest

from crm.domain.legal_holds import only_appends
from tests.factories.crm import CrmUser
from tests.factories.crm_archives import EXPORT_PASSPHRASE, export_opened, import_file
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
def test_what_counts_as_adding(after: dict[str, Any], adds: bool) -> None:
    assert only_appends({"notes": "Tea.", "tags": ["calm"]}, after) == adds


@pytest.mark.slow
def test_nothing_written_about_who_is_under_a_hold_is_replaced(provider: CrmUser) -> None:
    leo = provider.create_client("Leo", notes="He hit me.", tags=["calm"])["id"]
    kept = {
        path: post(provider, path, body | {"clientId": leo})["id"]
        for path, (body, _) in WRITTEN.items()
    }
    own = post(provider, "/tasks", {"title": "Candles"})["id"]
    hold = post(provider, "/holds", {"clientId": leo, "reason": "Letter of the court"})

    def refused(path: str, body: dict[str, Any]) -> bool:
        answer = provider.put(path, body)
        assert answer.status in {200, 409}, answer.text
        return answer.status == 409 and answer.problem["code"] == "legal-hold"

    for path, (body, text) in WRITTEN.items():
        one = f"{path}/{kept[path]}"
        for version, less in enumerate(("", "Something else."), start=1):
            assert refused(one, {**body, text: less, "version": 1}), one
            more = {**body, text: f"{body[text]}{' More.' * version}", "version": version}
            assert not refused(one, more), one
    assert provider.put(f"/visits/{kept['/visits']}/payment", {}).status == 200
    assert not refused(f"/tasks/{own}", {"title": "Tea", "version": 1})

    body = {"name": "Leo Brandt", "notes": "He hit me. Twice.", "tags": ["late", "calm"]}
    changes: list[dict[str, Any]] = [{"notes": ""}, {"tags": []}, {"name": "Somebody"}]
    for change in changes:
        assert refused(f"/clients/{leo}", {**body, **change, "version": 1}), change
    assert not refused(f"/clients/{leo}", {**body, "version": 1})
    renamed = provider.post("/tags/rename", {"tag": "calm", "to": "loud"})
    assert renamed.problem["code"] == "legal-hold"

    provider.delete(f"/holds/{hold['id']}")
    assert not refused(f"/clients/{leo}", {"name": "Somebody", "version": 2})


@pytest.mark.slow
def test_no_later_archive_replaces_it(provider: CrmUser, monkeypatch: pytest.MonkeyPatch) -> None:
    leo, ada = (
        provider.create_client("Leo", notes="He hit me."),
        provider.create_client("Ada", notes="Kind."),
    )
    visit = post(provider, "/visits", VISIT | {"clientId": leo["id"]})
    early = export_opened(provider).content
    for one in (leo, ada):
        body = {"name": one["name"], "notes": "Nothing.", "version": 1}
        assert provider.put(f"/clients/{one['id']}", body).status == 200
    body = VISIT | {"notes": "Nothing.", "version": 1}
    assert provider.put(f"/visits/{visit['id']}", body).status == 200
    late = export_opened(provider).content
    assert (
        provider.delete(
            "/clients", json={"confirm": f"delete all clients of {provider.slug}"}
        ).status
        == 200
    )
    import_file(provider, early, exportPassphrase=EXPORT_PASSPHRASE)
    post(provider, "/holds", {"clientId": leo["id"], "reason": "Letter of the court"})

    job = import_file(provider, late, exportPassphrase=EXPORT_PASSPHRASE)

    found = [(one["what"], one["recordId"], one["outcome"]) for one in job["lines"]]
    assert found == [
        ("clients", leo["id"], "refused"),
        ("clients", ada["id"], "updated"),
        ("visits", visit["id"], "refused"),
    ]
    assert "legal hold" in job["lines"][0]["message"]
    assert provider.get(f"/clients/{leo['id']}").json["notes"] == "He hit me."
    assert provider.get(f"/visits/{visit['id']}").json["notes"] == VISIT["notes"]
