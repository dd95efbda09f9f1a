"""Validation of imported archives: records must have the shapes that the API accepts."""

import io
import json
import zipfile
from typing import Any

import pytest

from crm.domain import export_container
from tests.factories.crm import CrmUser
from tests.factories.crm_archives import (
    EXPORT_PASSPHRASE,
    export_opened,
    fill_workspace,
    import_file,
)

NEVER = "2199-01-01T00:00:00+00:00"


def sealed(data: dict[str, Any]) -> bytes:
    """Return an archive whose data was edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as files:
        files.writestr("data.json", json.dumps(data))
    return export_container.seal(EXPORT_PASSPHRASE, out.getvalue())


def everything_exported(user: CrmUser) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an archive with a record of every type, and its data."""
    leo, leon = fill_workspace(user), user.create_client("Leon")
    wish = {"clientId": leo["id"], "area": "Hamburg", "consentedAt": "2026-03-01T10:00:00Z"}
    assert user.post("/area-notifications", wish).status == 201
    body = {"absorbedId": leon["id"], "version": 1}
    assert user.post(f"/clients/{leo['id']}/merge", body).status == 200
    return export_opened(user).data, read(user, leo["id"])


def read(user: CrmUser, client_id: str) -> dict[str, Any]:
    paths = (
        "/clients", f"/clients/{client_id}", f"/clients/{client_id}/timeline", "/tags", "/visits",
        f"/clients/{client_id}/merges", "/screening", "/references", "/communications", "/tasks",
        "/area-notifications", "/area-notifications/audience?area=Hamburg",
    )  # fmt: skip
    answers = {path: user.get(path) for path in paths}
    assert {path: one.status for path, one in answers.items()} == dict.fromkeys(paths, 200)
    return {path: one.json for path, one in answers.items()}


UNFIT: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("clients", "notes", {}, {"notes": {"a": 1}}),
    ("clients", "aliases", {}, {"aliases": "abc"}),
    ("clients", "emails.0", {}, {"emails": ["a@b.test\r\nBcc: x@y.test, c@d.test"]}),
    ("clients", "phones", {}, {"phones": ["never a number"]}),
    ("clients", "name", {}, {"name": "x" * 121}),
    ("clients", "notes", {}, {"notes": "x" * 10_001}),
    ("clients", "tags", {}, {"tags": ["x"] * 1001}),
    ("clients", "version", {"version": 2**31 - 1}, {}),
    ("clients", "archived_at", {"archived_at": "9999-12-31T23:59:59+00:00"}, {}),
    ("screening", "sites", {}, {"sites": "P411"}),
    ("screening", "details", {}, {"details": 7}),
    ("references", "name", {}, {"name": ["Otto"]}),
    ("references", "forgotten_on", {"forgotten_on": "9000-01-01T00:00:00+00:00"}, {}),
    ("visits", "notes", {}, {"notes": [1]}),
    ("visits", "starts_at", {"starts_at": "1999-01-01T00:00:00+00:00"}, {"starts_at": NEVER}),
    ("visits", "received_minor", {"received_minor": 10**13}, {"received_minor": 1}),
    ("visits", "amount_minor", {}, {"booking": {"state": "completed", "amount_minor": "x"}}),
    ("communications", "subject", {}, {"subject": "two\nlines"}),
    ("areaNotifications", "how", {}, {"how": {}}),
    ("areaNotifications", "link_token", {}, {"link_token": "x\r\nBcc: x@y.test"}),
    ("areaNotifications", "link_token", {}, {"link_token": "A" * 48}),
    ("tasks", "title", {}, {"title": None}),
    ("tasks", "done_at", {"done_at": "infinity"}, {}),
    ("merges", "moved", {}, {"moved": 7}),
    ("merges", "details", {}, {"details": "Leon"}),
    ("merges", "createdAt", {}, {"createdAt": "yesterday"}),
]


@pytest.mark.slow
def test_import_archive_invalid_record_is_rejected_with_its_line(provider: CrmUser) -> None:
    data, before = everything_exported(provider)
    leo = data["clients"][0]["fields"]["id"]
    for shelf, field, fields, document in UNFIT:
        (sheet, *_) = json.loads(json.dumps(data[shelf]))
        moment = "merged_at" if shelf == "merges" else "updated_at"
        sheet["fields"] |= {moment: NEVER} | fields
        sheet["document"] |= document
        job = import_file(
            provider, sealed({**data, shelf: [sheet]}), exportPassphrase=EXPORT_PASSPHRASE
        )
        refused = [one for one in job["lines"] if one["outcome"] == "refused"]
        found = [(one["what"], one["line"], one["field"]) for one in refused]
        assert found == [(shelf, 1, field)], (shelf, document or fields)
        assert job["counts"]["updated"] == job["counts"]["created"] == 0
    assert read(provider, leo) == before


@pytest.mark.slow
def test_import_archive_valid_records_equal_export(provider: CrmUser) -> None:
    data, before = everything_exported(provider)
    leo = data["clients"][0]["fields"]["id"]
    assert (
        provider.delete(
            "/clients", json={"confirm": f"delete all clients of {provider.slug}"}
        ).status
        == 200
    )
    # Unknown fields are left out.
    data["clients"][0]["document"]["more"] = "of it"
    job = import_file(provider, sealed(data), exportPassphrase=EXPORT_PASSPHRASE)
    assert {name for name, number in job["counts"].items() if number} == {"created"}
    assert read(provider, leo) == before
    assert "more" not in export_opened(provider).data["clients"][0]["document"]
