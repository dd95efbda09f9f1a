"""Books that leave and come back, for tests."""

import io
import json
import zipfile
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crm.domain.export_container import open_sealed
from kit import clock
from tests.factories.crm import Keeper
from tests.fixtures.functions import Answer

EXPORT = "glacier pepper violin orchard"
# Far enough back to be over, not so far that the retention of any kind of data has ended.
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
class Opened:
    """A part of an export, opened."""

    content: bytes
    files: dict[str, bytes]
    next_part: str | None

    @property
    def data(self) -> dict[str, Any]:
        """What is in data.json."""
        found: dict[str, Any] = json.loads(self.files["data.json"])
        return found


def filled(keeper: Keeper) -> dict[str, Any]:
    """Put something of everything into the book; return the client."""
    leo = keeper.client(
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
        answer = keeper.post(path, about | body)
        assert answer.status == 201, answer.text
    assert keeper.post("/tasks", {"title": "planted-task-of-her-own"}).status == 201
    return leo


def export(keeper: Keeper, part: str | None = None, **more: str) -> Answer:
    """Ask for a part of the book."""
    body = {"exportPassphrase": EXPORT, **more} | ({"part": part} if part else {})
    return keeper.post("/export", body)


def exported(keeper: Keeper, part: str | None = None, **more: str) -> Opened:
    """Return a part of the book, opened."""
    answer = export(keeper, part, **more)
    assert answer.status == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(open_sealed(EXPORT, answer.content))) as files:
        found = {name: files.read(name) for name in files.namelist()}
    return Opened(answer.content, found, answer.headers.get("x-export-next"))


def begin_import(keeper: Keeper, content: bytes | str, **more: str) -> Answer:
    """Send a file."""
    data = content.encode() if isinstance(content, str) else content
    return keeper.post("/import", {"content": b64encode(data).decode(), **more})


def imported(keeper: Keeper, content: bytes | str, **more: str) -> dict[str, Any]:
    """Send a file, work it off, and return the job with its report."""
    answer = begin_import(keeper, content, **more)
    assert answer.status == 201, answer.text
    job_id = answer.json["id"]
    for _ in range(50):
        job = keeper.post(f"/import/{job_id}/continue").json
        if job["isFinished"]:
            break
    read: dict[str, Any] = keeper.get(f"/import/{job_id}").json
    assert read["isFinished"], read
    return read


def everything(keeper: Keeper) -> dict[str, list[dict[str, Any]]]:
    """Return every record of the book as the API shows it, without what each version has of its own."""
    shelves = ("clients", "visits", "screening", "references", "communications", "tasks")
    return {
        name: sorted(keeper.get(f"/{name}?limit=100").json["items"], key=lambda one: one["id"])
        for name in shelves
    }
