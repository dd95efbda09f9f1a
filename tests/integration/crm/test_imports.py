"""Import of client lists: column aliases, reports, and repeated imports."""

from typing import Any

import pytest

from crm.service import import_jobs
from crm.service.client_import import ClientImport
from crm.service.import_jobs import MAX_FILE_BYTES
from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_archives import begin_import, import_file

CSV = """\
Full Name;Mobile;E-Mail;Labels;Comments;Shoe size
Leo Brandt;030 1234567;leo@example.test;Calm, Regular;Planted note of Leo;43
Ann;;ann@example.test;;;
;+49 30 7654321;;;;
Bad;ask Ann;;;;
Nameless Tim;;;;Only a note;
Leo B.;+49 30 1234567;leo@work.test;;Another note;
"""


def outcomes(job: dict[str, Any]) -> list[tuple[int, str, str | None]]:
    return [(one["line"], one["outcome"], one["field"]) for one in job["lines"]]


def client_found_by(provider: CrmUser, query: str) -> dict[str, Any]:
    (found,) = provider.get(f"/clients?q={query}").json["items"]
    one: dict[str, Any] = found
    return one


def test_import_csv_reports_each_row(provider: CrmUser) -> None:
    job = import_file(provider, CSV, fileName="my clients.csv", region="DE")
    assert outcomes(job) == [
        (2, "created", None),
        (3, "created", None),
        (4, "refused", "name"),
        (5, "refused", "phones"),
        (6, "created", None),
        (7, "updated", None),
    ]
    assert (job["fileName"], job["notTaken"]) == ("my clients.csv", ["Shoe size"])
    assert job["counts"]["created"] == 3
    leo = client_found_by(provider, "brandt")
    assert leo["phones"] == ["+49301234567"]
    assert leo["emails"] == ["leo@example.test", "leo@work.test"]
    assert leo["notes"] == "Planted note of Leo\nAnother note"
    assert (leo["aliases"], leo["tags"], leo["source"]) == (
        ["Leo B."],
        ["Calm", "Regular"],
        "import",
    )
    assert len(provider.get("/clients?tag=regular").json["items"]) == 1
    refused = provider.get(f"/import/{job['id']}?outcome=refused").json["lines"]
    assert [one["line"] for one in refused] == [4, 5]


def test_import_same_rows_again_changes_nothing(provider: CrmUser) -> None:
    import_file(provider, CSV, region="DE")
    before = provider.get("/clients").json
    job = import_file(provider, CSV + CSV.split("\n", 1)[1], region="DE")
    assert job["counts"] == {
        "created": 0,
        "updated": 0,
        "unchanged": 8,
        "skipped": 0,
        "refused": 4,
    }
    assert provider.get("/clients").json == before


def test_import_never_overwrites_existing_values(provider: CrmUser) -> None:
    leo = provider.create_client("My Leo", phones=["+49 30 1234567"], notes="Hers", tags=["calm"])
    import_file(provider, CSV, region="DE")
    after = provider.get(f"/clients/{leo['id']}").json
    assert (after["name"], after["tags"]) == ("My Leo", ["calm", "Regular"])
    assert after["notes"].startswith("Hers\n")
    assert after["source"] == "manual"
    # A client whose number changed since is found by the import key.
    ann = client_found_by(provider, "ann")
    body = {"name": "Ann", "emails": ["new@example.test"], "version": ann["version"]}
    assert provider.put(f"/clients/{ann['id']}", body).status == 200
    import_file(provider, CSV, region="DE")
    assert len(provider.get("/clients?q=ann").json["items"]) == 1


def test_import_row_matching_two_clients_is_refused(provider: CrmUser) -> None:
    provider.create_client("One", phones=["+49 30 1234567"])
    provider.create_client("Two", emails=["leo@example.test"])
    job = import_file(provider, CSV, region="DE")
    assert outcomes(job)[0] == (2, "refused", "phones")
    assert "merge" in job["lines"][0]["message"]


def test_import_json_list_is_accepted(provider: CrmUser) -> None:
    job = import_file(
        provider,
        '{"clients": [{"name": "Zo\\u00eb", "phones": ["ask her"], "tags": "calm|late"},'
        ' {"firstName": "Max", "last_name": "Muster", "notes": "x", "screeningStatus": "Approved",'
        ' "referenceSites": [{"site": "P411", "handle": "max"}]}, {"unknown": 1}]}',
    )
    assert outcomes(job) == [(1, "refused", "phones"), (2, "created", None)]
    found = client_found_by(provider, "muster")
    assert (found["name"], found["screeningStatus"]) == ("Max Muster", "approved")
    assert found["referenceSites"] == [{"site": "P411", "handle": "max"}]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("\x00\x01\x02", "import-unreadable"),
        ("[1, 2]", "import-unreadable"),
        ("[" * 100_000, "import-unreadable"),
        ("one,two\n1,2\n", "columns-unknown"),
    ],
    ids=["binary", "no-objects", "deep", "unknown-columns"],
)
def test_import_unreadable_file_is_refused_with_its_code(
    provider: CrmUser, content: str, code: str
) -> None:
    answer = begin_import(provider, content)
    assert answer.status == 422
    assert answer.problem["code"] == code
    assert answer.problem["field"] == "content"


@pytest.mark.slow
def test_import_file_above_four_megabytes_is_refused(provider: CrmUser) -> None:
    row = "Leo {},{}\n"
    rows = "".join(row.format(number, "x" * 9_900) for number in range(420))
    large = f"name,notes\n{rows}"
    assert MAX_FILE_BYTES - 40_000 < len(large) <= MAX_FILE_BYTES
    answer = begin_import(provider, large)
    assert (answer.status, answer.json["rows"]) == (201, 420)
    refused = begin_import(provider, large.ljust(MAX_FILE_BYTES + 1, "x"))
    assert (refused.status, refused.problem["code"]) == (422, "import-too-large")
    refused = begin_import(provider, large * 2)
    assert (refused.status, refused.problem["code"]) == (413, "body-too-large")


def test_import_after_crash_resumes_without_duplicates(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_jobs, "CHUNK_SIZE", 2)
    monkeypatch.setattr(import_jobs, "_MAX_SECONDS", 0.0)
    job = begin_import(provider, CSV, region="DE").json
    first = provider.post(f"/import/{job['id']}/continue").json
    assert (first["done"], first["isFinished"]) == (2, False)

    process = ClientImport.process
    with monkeypatch.context() as broken:

        def fail_after_processing(self: ClientImport, rows: Any) -> Any:
            process(self, rows)
            raise MemoryError

        broken.setattr(ClientImport, "process", fail_after_processing)
        assert provider.post(f"/import/{job['id']}/continue").status == 500
    assert provider.get(f"/import/{job['id']}").json["done"] == 2
    for _ in range(3):
        last = provider.post(f"/import/{job['id']}/continue").json
    assert (last["done"], last["isFinished"]) == (6, True)
    assert (last["counts"]["created"], last["counts"]["updated"]) == (3, 1)
    assert len(provider.get("/clients").json["items"]) == 3
    entries = provider.get("/audit?action=workspace.imported").json["items"]
    assert [one["detail"]["rows"] for one in entries] == [6]


def test_import_chunks_are_encrypted_and_visible_to_their_provider_only(
    provider: CrmUser, crm_factory: CrmFactory, database: Database
) -> None:
    job = begin_import(provider, CSV, fileName="planted-name.csv").json
    with database.transaction() as work:
        rows = work.execute(
            "SELECT i::text || s::text AS whole FROM crm.imports i JOIN crm.import_chunks s"
            " ON s.import_id = i.id"
        ).fetchall()
    (row,) = rows
    for planted in ("Planted", "leo@example.test", "planted-name"):
        assert planted not in row["whole"]
        assert planted.encode().hex() not in row["whole"]
    nora = crm_factory.create_user("nora-lind")
    for path in (f"/import/{job['id']}", f"/import/{job['id']}/continue"):
        asked = nora.get(path) if path.endswith("id") else nora.post(path)
        assert asked.status in {404, 405}
    assert nora.delete(f"/import/{job['id']}").problem["code"] == "no-such-import"
    assert provider.delete(f"/import/{job['id']}").status == 204
    assert provider.get("/import").json["items"] == []


def test_import_after_rekey_conflicts(provider: CrmUser) -> None:
    job = begin_import(provider, CSV, region="DE").json
    provider.enable_encryption()
    # Re-encrypted with all other data, the pending chunks are processed.
    provider.post("/encryption/rekey")
    done = provider.post(f"/import/{job['id']}/continue").json
    assert done["isFinished"]
