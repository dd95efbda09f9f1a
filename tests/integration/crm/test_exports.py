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
from tests.factories.crm import PASSPHRASE, Books, Keeper
from tests.factories.crm_archives import (
    EXPORT,
    VISIT,
    Opened,
    begin_import,
    everything,
    export,
    exported,
    filled,
    imported,
)


def counts(job: dict[str, Any]) -> dict[str, int]:
    return {outcome: number for outcome, number in job["counts"].items() if number}


def clear(keeper: Keeper) -> dict[str, Any]:
    answer = keeper.post("/wipe", {"confirm": f"Empty {keeper.slug}"})
    assert answer.status == 200, answer.text
    wiped: dict[str, Any] = answer.json
    return wiped


def test_export_archive_holds_all_records_encrypted(mira: Keeper) -> None:
    leo = filled(mira)
    part = exported(mira)
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
    (kept,) = part.data["clients"]
    assert kept["fields"]["id"] == leo["id"]
    assert kept["document"]["phones"] == ["+49301234567"]

    (line,) = csv.DictReader(io.StringIO(part.files["clients.csv"].decode("utf-8-sig")))
    assert (line["name"], line["tags"]) == ("Leo Brandt", "Calm")
    assert (line["phones"], line["notes"]) == ("'+49301234567", "'=SUM(planted) never runs")
    (line,) = csv.DictReader(io.StringIO(part.files["visits.csv"].decode("utf-8-sig")))
    assert (line["client"], line["received_minor"]) == ("Leo Brandt", "60000")
    assert line["notes"] == "planted-notes-of-a-visit"

    (entry,) = mira.get("/audit?action=book.exported").json["items"]
    assert (entry["detail"]["clients"], entry["detail"]["part"]) == (1, 1)


@pytest.mark.slow
def test_archive_import_after_clearing_restores_every_record(mira: Keeper, books: Books) -> None:
    filled(mira)
    before = everything(mira)
    part = exported(mira)
    assert clear(mira)["counts"]["clients"] == 1
    assert not any(everything(mira).values())

    job = imported(mira, part.content, exportPassphrase=EXPORT)
    assert counts(job) == {"created": 7}
    assert everything(mira) == before
    for query in ("q=%2B4930%201234567", "q=leo%40example.test", "q=brandt", "tag=calm"):
        assert len(mira.get(f"/clients?{query}").json["items"]) == 1, query

    again = imported(mira, part.content, exportPassphrase=EXPORT)
    assert counts(again) == {"unchanged": 7}
    assert everything(mira) == before
    assert exported(mira).data["clients"] == part.data["clients"]
    assert len(mira.get("/import").json["items"]) == 2


@pytest.mark.slow
def test_archive_import_skips_erased_clients(mira: Keeper) -> None:
    leo = filled(mira)
    mira.client("Ann")
    archive = exported(mira).content
    assert mira.delete(f"/clients/{leo['id']}").status == 200
    job = imported(mira, archive, exportPassphrase=EXPORT)
    assert counts(job) == {"unchanged": 2, "skipped": 6}
    assert "was erased" in job["lines"][0]["message"]
    assert [one["name"] for one in mira.get("/clients").json["items"]] == ["Ann"]


@pytest.mark.slow
def test_archive_import_restores_consents_and_merges(mira: Keeper, books: Books) -> None:
    leo, leon = filled(mira), mira.client("Leon", emails=["leon@example.test"])
    wish = {"area": "Hamburg", "consentedAt": "2026-03-01T10:00:00Z", "how": "By phone."}
    assert mira.post("/area-notifications", {"clientId": leon["id"], **wish}).status == 201
    early = exported(mira).content
    merge = {"absorbedId": leon["id"], "version": 1}
    assert mira.post(f"/clients/{leo['id']}/merge", merge).status == 200
    paths = (
        "/area-notifications",
        "/area-notifications/audience?area=hamburg",
        f"/clients/{leo['id']}/merges",
    )
    before = [mira.get(path).json for path in paths] + [everything(mira)]
    archive = exported(mira).content

    job = imported(mira, early, exportPassphrase=EXPORT)
    assert (counts(job).get("created"), job["counts"]["skipped"]) == (None, 2)
    assert [mira.get(path).json for path in paths] + [everything(mira)] == before
    clear(mira)
    assert set(counts(imported(mira, archive, exportPassphrase=EXPORT))) == {"created"}
    assert [mira.get(path).json for path in paths] + [everything(mira)] == before

    nora = books.keeper("nora-lind")
    job = imported(nora, archive, exportPassphrase=EXPORT)
    # The client consented to e-mails of Mira only.
    assert counts(job)["skipped"] == 1
    assert nora.get("/area-notifications").json["items"] == []


@pytest.mark.slow
@pytest.mark.parametrize("way", ["by-her", "by-link"])
def test_archive_import_does_not_restore_withdrawn_consent(
    way: str, mira: Keeper, database: Database
) -> None:
    leo, ann = mira.client("Leo", emails=["leo@e.test"]), mira.client("Ann", emails=["ann@e.test"])
    wish = {"area": "Hamburg", "consentedAt": "2026-03-01T10:00:00Z"}
    ended = mira.post("/area-notifications", {"clientId": leo["id"], **wish}).json
    mira.post("/area-notifications", {"clientId": ann["id"], **wish})
    archive = exported(mira)
    if way == "by-her":
        mira.post(f"/area-notifications/{ended['id']}/end", {"version": 1})
        mira.delete(f"/area-notifications/{ended['id']}")
    else:
        with database.transaction() as work:
            work.execute("SELECT set_config('app.provider_id', %s, true)", (str(mira.user_id),))
            withdraw_consents(work, mira.user_id, UUID(leo["id"]), clock.now())
    clear(mira)

    job = imported(mira, archive.content, exportPassphrase=EXPORT)

    assert counts(job) == {"created": 4}
    items = mira.get("/area-notifications").json["items"]
    assert {one["clientName"]: one["active"] for one in items} == {"Leo": False, "Ann": True}
    assert mira.get("/area-notifications/audience?area=Hamburg").json["byMail"] == 1


def test_export_lists_unreadable_records_and_exports_the_rest(
    mira: Keeper, database: Database
) -> None:
    leo = filled(mira)
    mira.client("Ann")
    with database.transaction() as work:
        work.execute(
            "UPDATE crm.clients SET encrypted_payload ="
            " set_byte(encrypted_payload, 30, get_byte(encrypted_payload, 30) # 1) WHERE id = %s",
            (leo["id"],),
        )
    data = exported(mira).data
    assert data["unreadable"] == [f"clients/{leo['id']}"]
    assert [one["document"]["name"] for one in data["clients"]] == ["Ann"]
    assert len(data["visits"]) == 1


@pytest.mark.slow
def test_import_of_exported_csv_changes_nothing(mira: Keeper) -> None:
    filled(mira)
    before = everything(mira)
    sheet = exported(mira).files["clients.csv"]
    assert counts(imported(mira, sheet)) == {"unchanged": 1}
    clear(mira)
    assert counts(imported(mira, sheet)) == {"created": 1}
    (leo,) = mira.get("/clients").json["items"]
    for name in ("name", "phones", "emails", "tags", "notes", "referenceSites"):
        assert leo[name] == before["clients"][0][name], name


@pytest.mark.slow
def test_archive_import_keeps_the_later_version(mira: Keeper) -> None:
    leo = filled(mira)
    early = exported(mira)
    body = {"name": "Leo the Later", "phones": ["+49 30 9999999"], "version": 1}
    assert mira.put(f"/clients/{leo['id']}", body).status == 200
    late = exported(mira)

    job = imported(mira, early.content, exportPassphrase=EXPORT)
    assert counts(job) == {"skipped": 1, "unchanged": 6}
    assert mira.get(f"/clients/{leo['id']}").json["name"] == "Leo the Later"

    clear(mira)
    imported(mira, early.content, exportPassphrase=EXPORT)
    job = imported(mira, late.content, exportPassphrase=EXPORT)
    assert counts(job) == {"updated": 1, "unchanged": 6}
    assert mira.get(f"/clients/{leo['id']}").json["name"] == "Leo the Later"
    assert len(mira.get("/clients?q=%2B49309999999").json["items"]) == 1
    assert mira.get("/clients?q=%2B49301234567").json["items"] == []


@pytest.mark.slow
def test_archive_import_into_another_account_gets_new_ids(mira: Keeper, books: Books) -> None:
    filled(mira)
    archive, nora = exported(mira).content, books.keeper("nora-lind")
    for outcome in ("created", "unchanged"):
        assert counts(imported(nora, archive, exportPassphrase=EXPORT)) == {outcome: 7}
    (hers,), (theirs,) = (one.get("/clients").json["items"] for one in (nora, mira))
    assert hers["id"] != theirs["id"]
    assert nora.get("/visits").json["items"][0]["clientId"] == hers["id"]


def test_export_part_holds_at_most_the_importable_records(
    mira: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MAX_RECORDS", 3)
    filled(mira)
    first = exported(mira)
    assert sum(first.data["counts"].values()) == 3
    second = exported(mira, first.next_part)
    assert sum(second.data["counts"].values()) == 3


@pytest.mark.slow
def test_export_large_workspace_is_split_into_parts(
    mira: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_MAX_COMPRESSED_BYTES", 0)
    monkeypatch.setattr(exports, "_BATCH_SIZE", 2)
    for number in range(5):
        leo = mira.client(f"Client {number}", allowDuplicate=True)
        mira.post("/visits", {"clientId": leo["id"]})
    filled(mira)
    before, following = everything(mira), None
    parts: list[Opened] = []
    while not parts or following:
        parts.append(exported(mira, following))
        following = parts[-1].next_part
    assert [part.data["part"] for part in parts] == list(range(1, len(parts) + 1))
    assert [part.data["isLast"] for part in parts] == [False] * (len(parts) - 1) + [True]
    assert sum(part.data["counts"]["clients"] for part in parts) == 6
    clear(mira)
    visits = next(part for part in parts if part.data["visits"])
    job = imported(mira, visits.content, exportPassphrase=EXPORT)
    assert counts(job)["refused"] > 0
    assert "parts in order" in job["lines"][0]["message"]
    for part in parts:
        imported(mira, part.content, exportPassphrase=EXPORT)
    assert everything(mira) == before


@pytest.mark.slow
def test_export_part_with_long_texts_stays_below_lambda_limit(
    mira: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Incompressible texts of maximum length: each part fits, and every record is exported."""
    monkeypatch.setattr(exports, "_MAX_COMPRESSED_BYTES", 60_000)
    rng = random.Random(5)

    def noise() -> str:
        return "".join(chr(rng.randrange(0x4E00, 0x9FFF)) for _ in range(10_000))

    leo = mira.client()
    for _ in range(4):
        texts = {name: noise() for name in ("notes", "preferences", "characteristics")}
        mira.post("/visits", VISIT | texts | {"clientId": leo["id"]})
    before, following = mira.get("/visits").json["items"], None
    parts: list[Opened] = []
    while not parts or following:
        parts.append(exported(mira, following))
        following = parts[-1].next_part
    assert len(parts) > 1
    # A part holds the records that fit and one more, as JSON and as CSV.
    assert max(len(part.content) for part in parts) < 2 * (60_000 + 90_000)
    clear(mira)
    for part in parts:
        imported(mira, part.content, exportPassphrase=EXPORT)
    assert mira.get("/visits").json["items"] == before


@pytest.mark.slow
def test_export_with_passphrase_requires_reauthentication(mira: Keeper, books: Books) -> None:
    filled(mira)
    mira.enable()
    assert export(mira).problem["field"] == "passphrase"
    assert export(mira, passphrase="not at all this one").problem["code"] == "wrong-passphrase"
    assert exported(mira, passphrase=PASSPHRASE).data["counts"]["clients"] == 1
    confirm = {"confirm": f"empty {mira.slug}"}
    assert mira.post("/wipe", confirm).problem["field"] == "passphrase"
    assert mira.post("/wipe", confirm | {"passphrase": PASSPHRASE}).status == 200
    # The unlock of this session is unchanged.
    assert mira.get("/clients").status == 200
    actions = [one["action"] for one in mira.get("/audit").json["items"]]
    assert actions.count("session.unlock-failed") == 1
    locked = replace(mira, key=None)
    assert export(locked, passphrase=PASSPHRASE).problem["code"] == "vault-locked"


@pytest.mark.slow
def test_export_invalid_input_is_refused(mira: Keeper) -> None:
    filled(mira)
    answer = mira.post("/export", {"exportPassphrase": "short"})
    assert (answer.status, answer.problem["field"]) == (422, "exportPassphrase")
    assert export(mira, "nonsense").problem["code"] == "cursor"
    assert mira.post("/wipe", {"confirm": "yes"}).problem["field"] == "confirm"
    assert b"argon2id" in mira.get("/export/decryptor").content
    archive = exported(mira).content
    wrong = begin_import(mira, archive, exportPassphrase="another one than that")
    assert wrong.problem["code"] == "wrong-export-passphrase"
    assert begin_import(mira, archive).problem["field"] == "exportPassphrase"
    damaged = begin_import(mira, archive[:-3], exportPassphrase=EXPORT)
    assert damaged.problem["code"] == "archive-damaged"
    assert mira.get("/import").json["items"] == []


@pytest.mark.slow
def test_clear_under_legal_hold_keeps_client_and_workspace(
    mira: Keeper, database: Database
) -> None:
    leo = filled(mira)
    ann = mira.client("Ann")
    hold = mira.post("/holds", {"clientId": leo["id"], "reason": "A court asked."}).json
    wiped = clear(mira)
    assert (wiped["counts"]["clients"], wiped["held"], wiped["keysWaiting"]) == (1, 1, False)
    assert [one["id"] for one in mira.get("/clients").json["items"]] == [leo["id"]]
    assert len(mira.get("/visits").json["items"]) == 1
    assert mira.get(f"/clients/{ann['id']}").status == 404
    mira.delete(f"/holds/{hold['id']}")
    mira.post("/holds", {"clientId": None, "reason": "A court asked."})
    refused = mira.post("/wipe", {"confirm": f"empty {mira.slug}"})
    assert (refused.status, refused.problem["code"]) == (409, "legal-hold")
    proofs = mira.get("/retention/erasures").json["items"]
    assert [(one["what"], one["counts"]["clients"]) for one in proofs] == [("wipe", 1)]
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
    stay = {
        "legal_holds",
        "tags",
        "imports",
        "import_chunks",
        "data_request_cases",
        "campaign_recipients",
    }
    assert {row["table_name"] for row in rows} - stay == {shelf.table for shelf in EXPORT_TABLES}
