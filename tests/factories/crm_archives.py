"""Export and import of workspaces, for tests."""

import io
import json
import zipfile
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crm.domain.export_container import open_sealed
from kit import clock
from tests.factories.crm import CrmUser
from tests.fixtures.functions import Answer

EXPORT_PASSPHRASE = "glacier pepper violin orchard"
# Past, but recent enough that no retention period has ended.
RECENTLY = (clock.now() - timedelta(days=30)).strftime("%Y-%m-%dT%H:00:00Z")
VISIT = {
    "startsAt": RECENTLY,
    "timeZone": "Europe/Berlin",
    "durationMinutes": 120,
    "type": "incall",
    "status": "completed",
    "currency": "EUR",
    "rateMinor": 60_000,
    "paymentStatus": "paid",
    "receivedMinor": 60_000,
}


@dataclass(frozen=True)
class OpenedExport:
    """Decrypted part of an export."""

    content: bytes
    files: dict[str, bytes]
    next_part: str | None

    @property
    def data(self) -> dict[str, Any]:
        """Return the content of data.json."""
        found: dict[str, Any] = json.loads(self.files["data.json"])
        return found


def fill_workspace(user: CrmUser) -> dict[str, Any]:
    """Add a record of every type to the workspace; return the client."""
    leo = user.create_client(
        "Leo Brandt",
        phones=["+49 30 1234567"],
        emails=["leo@example.test"],
        tags=["Calm"],
        notes="=SUM(planted) never runs",
        referenceSites=[{"site": "P411", "handle": "leo-b"}],
    )
    about = {"clientId": leo["id"]}
    for path, body in (
        ("/visits", {**VISIT, "notes": "planted-notes-of-a-visit"}),
        ("/screening", {"type": "reference_sites", "details": "planted-screening"}),
        ("/references", {"name": "planted-referee", "contact": "+49 40 7654321"}),
        (
            "/communications",
            {
                "type": "email",
                "direction": "inbound",
                "happenedAt": RECENTLY,
                "subject": "planted-subject",
            },
        ),
        ("/tasks", {"title": "planted-task-about-leo"}),
    ):
        answer = user.post(path, about | body)
        assert answer.status == 201, answer.text
    assert user.post("/tasks", {"title": "planted-task-of-her-own"}).status == 201
    return leo


def export(user: CrmUser, part: str | None = None, **more: str) -> Answer:
    """Request a part of the export."""
    body = {"exportPassphrase": EXPORT_PASSPHRASE, **more} | ({"part": part} if part else {})
    return user.post("/export", body)


def export_opened(user: CrmUser, part: str | None = None, **more: str) -> OpenedExport:
    """Return a decrypted part of the export."""
    answer = export(user, part, **more)
    assert answer.status == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(open_sealed(EXPORT_PASSPHRASE, answer.content))) as files:
        found = {name: files.read(name) for name in files.namelist()}
    return OpenedExport(answer.content, found, answer.headers.get("x-next-part"))


def begin_import(user: CrmUser, content: bytes | str, **more: str) -> Answer:
    """Upload a file for import."""
    data = content.encode() if isinstance(content, str) else content
    return user.post("/import", {"content": b64encode(data).decode(), **more})


def import_file(user: CrmUser, content: bytes | str, **more: str) -> dict[str, Any]:
    """Import a file to the end, and return the job with its report."""
    answer = begin_import(user, content, **more)
    assert answer.status == 201, answer.text
    job_id = answer.json["id"]
    for _ in range(50):
        job = user.post(f"/import/{job_id}/continue").json
        if job["isFinished"]:
            break
    read: dict[str, Any] = user.get(f"/import/{job_id}").json
    assert read["isFinished"], read
    return read


def all_records(user: CrmUser) -> dict[str, list[dict[str, Any]]]:
    """Return every record of the workspace as the API shows it."""
    shelves = ("clients", "visits", "screening", "references", "communications", "tasks")
    return {
        name: sorted(user.get(f"/{name}?limit=100").json["items"], key=lambda one: one["id"])
        for name in shelves
    }
