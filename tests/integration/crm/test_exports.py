"""Export, clearing and import of a workspace."""

import csv
import io
import random
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from crm.domain.export_schema import EXPORT_TABLES, SCHEMA
from crm.repository.campaigns import withdraw_consents
from crm.service import exports
from kit import clock
from kit.db import Database
from tests.factories.crm import PASSPHRASE, CrmFactory, CrmUser
from tests.factories.crm_archives import (
    EXPORT_PASSPHRASE,
    VISIT,
    OpenedExport,
    all_records,
    begin_import,
    export,
    export_opened,
    fill_workspace,
    import_file,
)


def counts(job: dict[str, Any]) -> dict[str, int]:
    return {outcome: number for outcome, number in job["counts"].items() if number}


def clear(user: CrmUser) -> dict[str, Any]:
    answer = user.delete("/clients", json={"confirm": f"delete all clients of {user.slug}"})
    assert answer.status == 200, answer.text
    wiped: dict[str, Any] = answer.json
    return wiped


def test_export_archive_holds_all_records_encrypted(provider: CrmUser) -> None:
    leo = fill_workspace(provider)
    part = export_opened(provider)
    assert (part.data["schema"], part.data["isLast"], part.next_part) == (SCHEMA, True, None)
    assert part.data["counts"] == {
        "clients": 1,
        "screening": 1,
        "references": 1,
        "visits": 1,
        "communications": 1,
        "areaNotifications": 0,
        "tasks": 2,
        "merges": 0,
    }
    for planted in (b"planted", b"Leo Brandt", b"example.test"):
        assert planted not in part.content
    (record,) = part.data["clients"]
    assert record["fields"]["id"] == leo["id"]
    assert record["document"]["phones"] == ["+49301234567"]

    (line,) = csv.DictReader(io.StringIO(part.files["clients.csv"].decode("utf-8-sig")))
    assert (line["name"], line["tags"]) == ("Leo Brandt", "Calm")
    assert (line["phones"], line["notes"]) == ("'+49301234567", "'=SUM(planted) never runs")
    (line,) = csv.DictReader(io.StringIO(part.files["visits.csv"].decode("utf-8-sig")))
    assert (line["client"], line["received_minor"]) == ("Leo Brandt", "60000")
    assert line["notes"] == "planted-notes-of-a-visit"

    (entry,) = provider.get("/audit?action=workspace.exported").json["items"]
    assert (entry["detail"]["clients"], entry["detail"]["part"]) == (1, 1)


@pytest.mark.slow
def test_archive_import_after_clearing_restores_every_record(
    provider: CrmUser, crm_factory: CrmFactory
) -> None:
    fill_workspace(provider)
    before = all_records(provider)
    part = export_opened(provider)
    assert clear(provider)["counts"]["clients"] == 1
    assert not any(all_records(provider).values())

    job = import_file(provider, part.content, exportPassphrase=EXPORT_PASSPHRASE)
    assert counts(job) == {"created": 7}
    assert all_records(provider) == before
    for query in ("q=%2B4930%201234567", "q=leo%40example.test", "q=brandt", "tag=calm"):
        assert len(provider.get(f"/clients?{query}").json["items"]) == 1, query

    again = import_file(provider, part.content, exportPassphrase=EXPORT_PASSPHRASE)
    assert counts(again) == {"unchanged": 7}
    assert all_records(provider) == before
    assert export_opened(provider).data["clients"] == part.data["clients"]
    assert len(provider.get("/import").json["items"]) == 2


@pytest.mark.slow
def test_archive_import_skips_erased_clients(provider: CrmUser) -> None:
    leo = fill_workspace(provider)
    provider.create_client("Ann")
    archive = export_opened(provider).content
    assert provider.delete(f"/clients/{leo['id']}").status == 200
    job = import_file(provider, archive, exportPassphrase=EXPORT_PASSPHRASE)
    assert counts(job) == {"unchanged": 2, "skipped": 6}
    assert "was deleted" in job["lines"][0]["message"]
    assert [one["name"] for one in provider.get("/clients").json["items"]] == ["Ann"]


@pytest.mark.slow
def test_archive_import_restores_consents_and_merges(
    provider: CrmUser, crm_factory: CrmFactory
) -> None:
    leo, leon = (
        fill_workspace(provider),
        provider.create_client("Leon", emails=["leon@example.test"]),
    )
    subscription = {"area": "Hamburg", "consentedAt": "2026-03-01T10:00:00Z", "how": "By phone."}
    assert (
        provider.post("/area-notifications", {"clientId": leon["id"], **subscription}).status == 201
    )
    early = export_opened(provider).content
    merge = {"absorbedId": leon["id"], "version": 1}
    assert provider.post(f"/clients/{leo['id']}/merge", merge).status == 200
    paths = (
        "/area-notifications",
        "/area-notifications/audience?area=hamburg",
        f"/clients/{leo['id']}/merges",
    )
    before = [provider.get(path).json for path in paths] + [all_records(provider)]
    archive = export_opened(provider).content

    job = import_file(provider, early, exportPassphrase=EXPORT_PASSPHRASE)
    assert (counts(job).get("created"), job["counts"]["skipped"]) == (None, 2)
    assert [provider.get(path).json for path in paths] + [all_records(provider)] == before
    clear(provider)
    assert set(counts(import_file(provider, archive, exportPassphrase=EXPORT_PASSPHRASE))) == {
        "created"
    }
    assert [provider.get(path).json for path in paths] + [all_records(provider)] == before

    nora = crm_factory.create_user("nora-lind")
    job = import_file(nora, archive, exportPassphrase=EXPORT_PASSPHRASE)
    # The client consented to e-mails of Mira only.
    assert counts(job)["skipped"] == 1
    assert nora.get("/area-notifications").json["items"] == []


@pytest.mark.slow
@pytest.mark.parametrize("way", ["by-her", "by-link"])
def test_archive_import_does_not_restore_withdrawn_consent(
    way: str, provider: CrmUser, database: Database
) -> None:
    leo, ann = (
        provider.create_client("Leo", emails=["leo@e.test"]),
        provider.create_client("Ann", emails=["ann@e.test"]),
    )
    subscription = {"area": "Hamburg", "consentedAt": "2026-03-01T10:00:00Z"}
    ended = provider.post("/area-notifications", {"clientId": leo["id"], **subscription}).json
    provider.post("/area-notifications", {"clientId": ann["id"], **subscription})
    archive = export_opened(provider)
    if way == "by-her":
        provider.post(f"/area-notifications/{ended['id']}/end", {"version": 1})
        provider.delete(f"/area-notifications/{ended['id']}")
    else:
        with database.transaction() as work:
            work.execute("SELECT set_config('app.provider_id', %s, true)", (str(provider.user_id),))
            withdraw_consents(work, provider.user_id, UUID(leo["id"]), clock.now())
    clear(provider)

    job = import_file(provider, archive.content, exportPassphrase=EXPORT_PASSPHRASE)

    assert counts(job) == {"created": 4}
    items = provider.get("/area-notifications").json["items"]
    assert {one["clientName"]: one["active"] for one in items} == {"Leo": False, "Ann": True}
    assert provider.get("/area-notifications/audience?area=Hamburg").json["byMail"] == 1


def test_export_lists_unreadable_records_and_exports_the_rest(
    provider: CrmUser, database: Database
) -> None:
    leo = fill_workspace(provider)
    provider.create_client("Ann")
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.clients SET encrypted_payload ="
            " set_byte(encrypted_payload, 30, get_byte(encrypted_payload, 30) # 1) WHERE id = %s",
            (leo["id"],),
        )
    data = export_opened(provider).data
    assert data["unreadable"] == [f"clients/{leo['id']}"]
    assert [one["document"]["name"] for one in data["clients"]] == ["Ann"]
    assert len(data["visits"]) == 1


@pytest.mark.slow
def test_import_of_exported_csv_changes_nothing(provider: CrmUser) -> None:
    fill_workspace(provider)
    before = all_records(provider)
    csv_file = export_opened(provider).files["clients.csv"]
    assert counts(import_file(provider, csv_file)) == {"unchanged": 1}
    clear(provider)
    assert counts(import_file(provider, csv_file)) == {"created": 1}
    (leo,) = provider.get("/clients").json["items"]
    for name in ("name", "phones", "emails", "tags", "notes", "referenceSites"):
        assert leo[name] == before["clients"][0][name], name


@pytest.mark.slow
def test_archive_import_keeps_the_later_version(provider: CrmUser) -> None:
    leo = fill_workspace(provider)
    early = export_opened(provider)
    body = {"name": "Leo the Later", "phones": ["+49 30 9999999"], "version": 1}
    assert provider.put(f"/clients/{leo['id']}", body).status == 200
    late = export_opened(provider)

    job = import_file(provider, early.content, exportPassphrase=EXPORT_PASSPHRASE)
    assert counts(job) == {"skipped": 1, "unchanged": 6}
    assert provider.get(f"/clients/{leo['id']}").json["name"] == "Leo the Later"

    clear(provider)
    import_file(provider, early.content, exportPassphrase=EXPORT_PASSPHRASE)
    job = import_file(provider, late.content, exportPassphrase=EXPORT_PASSPHRASE)
    assert counts(job) == {"updated": 1, "unchanged": 6}
    assert provider.get(f"/clients/{leo['id']}").json["name"] == "Leo the Later"
    assert len(provider.get("/clients?q=%2B49309999999").json["items"]) == 1
    assert provider.get("/clients?q=%2B49301234567").json["items"] == []


@pytest.mark.slow
def test_archive_import_into_another_account_gets_new_ids(
    provider: CrmUser, crm_factory: CrmFactory
) -> None:
    fill_workspace(provider)
    archive, nora = export_opened(provider).content, crm_factory.create_user("nora-lind")
    for outcome in ("created", "unchanged"):
        assert counts(import_file(nora, archive, exportPassphrase=EXPORT_PASSPHRASE)) == {
            outcome: 7
        }
    (hers,), (theirs,) = (one.get("/clients").json["items"] for one in (nora, provider))
    assert hers["id"] != theirs["id"]
    assert nora.get("/visits").json["items"][0]["clientId"] == hers["id"]


def test_export_part_holds_at_most_the_importable_records(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MAX_RECORDS", 3)
    fill_workspace(provider)
    first = export_opened(provider)
    assert sum(first.data["counts"].values()) == 3
    second = export_opened(provider, first.next_part)
    assert sum(second.data["counts"].values()) == 3


@pytest.mark.slow
def test_export_large_workspace_is_split_into_parts(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_MAX_COMPRESSED_BYTES", 0)
    monkeypatch.setattr(exports, "_BATCH_SIZE", 2)
    for number in range(5):
        leo = provider.create_client(f"Client {number}", allowDuplicate=True)
        provider.post("/visits", {"clientId": leo["id"]})
    fill_workspace(provider)
    before, following = all_records(provider), None
    parts: list[OpenedExport] = []
    while not parts or following:
        parts.append(export_opened(provider, following))
        following = parts[-1].next_part
    assert [part.data["part"] for part in parts] == list(range(1, len(parts) + 1))
    assert [part.data["isLast"] for part in parts] == [False] * (len(parts) - 1) + [True]
    assert sum(part.data["counts"]["clients"] for part in parts) == 6
    clear(provider)
    visits = next(part for part in parts if part.data["visits"])
    job = import_file(provider, visits.content, exportPassphrase=EXPORT_PASSPHRASE)
    assert counts(job)["refused"] > 0
    assert "parts in order" in job["lines"][0]["message"]
    for part in parts:
        import_file(provider, part.content, exportPassphrase=EXPORT_PASSPHRASE)
    assert all_records(provider) == before


@pytest.mark.slow
def test_export_part_with_long_texts_stays_below_lambda_limit(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Incompressible texts of maximum length: each part fits, and every record is exported."""
    monkeypatch.setattr(exports, "_MAX_COMPRESSED_BYTES", 60_000)
    rng = random.Random(5)

    def noise() -> str:
        return "".join(chr(rng.randrange(0x4E00, 0x9FFF)) for _ in range(10_000))

    leo = provider.create_client()
    for _ in range(4):
        texts = {name: noise() for name in ("notes", "preferences", "characteristics")}
        provider.post("/visits", VISIT | texts | {"clientId": leo["id"]})
    before, following = provider.get("/visits").json["items"], None
    parts: list[OpenedExport] = []
    while not parts or following:
        parts.append(export_opened(provider, following))
        following = parts[-1].next_part
    assert len(parts) > 1
    # A part holds the records that fit and one more, as JSON and as CSV.
    assert max(len(part.content) for part in parts) < 2 * (60_000 + 90_000)
    clear(provider)
    for part in parts:
        import_file(provider, part.content, exportPassphrase=EXPORT_PASSPHRASE)
    assert provider.get("/visits").json["items"] == before


@pytest.mark.slow
def test_export_with_passphrase_requires_reauthentication(
    provider: CrmUser, crm_factory: CrmFactory
) -> None:
    fill_workspace(provider)
    provider.enable_encryption()
    assert export(provider).problem["field"] == "passphrase"
    assert export(provider, passphrase="not at all this one").problem["code"] == "wrong-passphrase"
    assert export_opened(provider, passphrase=PASSPHRASE).data["counts"]["clients"] == 1
    confirm = {"confirm": f"delete all clients of {provider.slug}"}
    assert provider.delete("/clients", json=confirm).problem["field"] == "passphrase"
    assert provider.delete("/clients", json=confirm | {"passphrase": PASSPHRASE}).status == 200
    # The unlock of this session is unchanged.
    assert provider.get("/clients").status == 200
    actions = [one["action"] for one in provider.get("/audit").json["items"]]
    assert actions.count("session.unlock-failed") == 1
    locked = replace(provider, unlock_token=None)
    assert export(locked, passphrase=PASSPHRASE).problem["code"] == "vault-locked"


@pytest.mark.slow
def test_export_invalid_input_is_refused(provider: CrmUser) -> None:
    fill_workspace(provider)
    answer = provider.post("/export", {"exportPassphrase": "short"})
    assert (answer.status, answer.problem["field"]) == (422, "exportPassphrase")
    assert export(provider, "nonsense").problem["code"] == "cursor"
    assert provider.delete("/clients", json={"confirm": "yes"}).problem["field"] == "confirm"
    assert b"argon2id" in provider.get("/export/decryptor").content
    archive = export_opened(provider).content
    wrong = begin_import(provider, archive, exportPassphrase="another one than that")
    assert wrong.problem["code"] == "wrong-export-passphrase"
    assert begin_import(provider, archive).problem["field"] == "exportPassphrase"
    damaged = begin_import(provider, archive[:-3], exportPassphrase=EXPORT_PASSPHRASE)
    assert damaged.problem["code"] == "archive-damaged"
    assert provider.get("/import").json["items"] == []


@pytest.mark.slow
def test_clear_under_legal_hold_keeps_client_and_workspace(
    provider: CrmUser, database: Database
) -> None:
    leo = fill_workspace(provider)
    ann = provider.create_client("Ann")
    hold = provider.post("/holds", {"clientId": leo["id"], "reason": "A court asked."}).json
    wiped = clear(provider)
    assert (wiped["counts"]["clients"], wiped["held"], wiped["keysWaiting"]) == (1, 1, False)
    assert [one["id"] for one in provider.get("/clients").json["items"]] == [leo["id"]]
    assert len(provider.get("/visits").json["items"]) == 1
    assert provider.get(f"/clients/{ann['id']}").status == 404
    provider.delete(f"/holds/{hold['id']}")
    provider.post("/holds", {"clientId": None, "reason": "A court asked."})
    refused = provider.delete(
        "/clients", json={"confirm": f"delete all clients of {provider.slug}"}
    )
    assert (refused.status, refused.problem["code"]) == (409, "legal-hold")
    receipts = provider.get("/retention/erasures").json["items"]
    assert [(one["what"], one["counts"]["clients"]) for one in receipts] == [("clear", 1)]
    with database.transaction() as work:
        left = work.execute("SELECT count(*) AS found FROM crm.pending_key_deletions").fetchone()
    assert left == {"found": 0}


def test_export_schema_covers_every_encrypted_table(database: Database) -> None:
    """A table missing in the export schema would be lost with the next clearing."""
    with database.transaction() as work:
        rows = work.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns"
            " WHERE table_schema = 'crm' AND column_name = 'encrypted_payload'"
        ).fetchall()
    # Pending work, caches, and data about other people than the provider's clients.
    not_exported = {
        "legal_holds",
        "tags",
        "imports",
        "import_chunks",
        "data_request_cases",
        "campaign_recipients",
    }
    assert {row["table_name"] for row in rows} - not_exported == {
        table.table for table in EXPORT_TABLES
    }
