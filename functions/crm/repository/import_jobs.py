"""The tables `crm.imports` and `crm.import_slices`: files that are being brought in."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from crm.domain.client_import import Line, Outcome
from crm.vault import OpenVault, Place
from kit.db import UnitOfWork
from kit.errors import NotFound
from kit.ids import new_id

_JOBS, _SLICES = "imports", "import_slices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file that is brought in, and how far it has come."""

    id: UUID
    kind: str
    rows: int
    done: int
    counts: dict[str, int]
    about: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of its rows that wait; `what`: the shelf of an archive, or `rows` of a list."""

    id: UUID
    what: str
    rows: list[Any]


class Imports:
    """The imports of one book."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def add(
        self,
        kind: str,
        about: dict[str, Any],
        slices: Sequence[tuple[str, list[Any]]],
        moment: datetime,
    ) -> UUID:
        """Keep a file."""
        job_id = new_id()
        self._work.execute(
            "INSERT INTO crm.imports (id, provider_id, kind, rows, doc, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (
                job_id,
                self._vault.tenant,
                kind,
                sum(len(rows) for _, rows in slices),
                self._vault.seal(Place(_JOBS, job_id, None), about),
                moment,
            ),
        )
        for number, (what, rows) in enumerate(slices):
            slice_id = new_id()
            self._work.execute(
                "INSERT INTO crm.import_slices (id, provider_id, import_id, number, what, rows, doc)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    slice_id,
                    self._vault.tenant,
                    job_id,
                    number,
                    what,
                    len(rows),
                    self._vault.seal(Place(_SLICES, slice_id, None), {"rows": rows}),
                ),
            )
        return job_id

    def hold(self, job_id: UUID) -> None:
        """Work on a file alone until the end of the transaction; raise `NotFound`."""
        row = self._work.execute(
            "SELECT FROM crm.imports WHERE provider_id = %s AND id = %s FOR UPDATE",
            (self._vault.tenant, job_id),
        ).fetchone()
        if row is None:
            raise no_such_import()

    def one(self, job_id: UUID) -> Job:
        """Return a file; raise `NotFound`."""
        found = self._some(job_id, 1)
        if not found:
            raise no_such_import()
        return found[0]

    def latest(self, limit: int = 20) -> list[Job]:
        """Return the last files."""
        return self._some(None, limit)

    def next_slice(self, job_id: UUID) -> Slice | None:
        """Return the first slice that waits; raises `Unreadable` where its key is gone."""
        row = self._work.execute(
            "SELECT id, what, doc FROM crm.import_slices WHERE provider_id = %s AND import_id = %s"
            " AND doc IS NOT NULL ORDER BY number LIMIT 1",
            (self._vault.tenant, job_id),
        ).fetchone()
        if row is None:
            return None
        document = self._vault.open(Place(_SLICES, row["id"], None), bytes(row["doc"]))
        return Slice(row["id"], row["what"], document["rows"])

    def settle(self, slice_id: UUID, report: Sequence[Line]) -> None:
        """Write down what came of a slice; what was in it goes."""
        self._work.execute(
            "UPDATE crm.import_slices SET doc = NULL, report = %s WHERE provider_id = %s AND id = %s",
            (Jsonb([line.to_json() for line in report]), self._vault.tenant, slice_id),
        )

    def finish(self, job_id: UUID, moment: datetime) -> None:
        """Note that nothing waits any more."""
        self._work.execute(
            "UPDATE crm.imports SET finished_at = %s WHERE provider_id = %s AND id = %s",
            (moment, self._vault.tenant, job_id),
        )

    def report(self, job_id: UUID) -> Iterator[Line]:
        """Yield what came of each row so far."""
        rows = self._work.execute(
            "SELECT report FROM crm.import_slices WHERE provider_id = %s AND import_id = %s"
            " AND report IS NOT NULL ORDER BY number",
            (self._vault.tenant, job_id),
        ).fetchall()
        return (Line.of(kept) for row in rows for kept in row["report"])

    def remove(self, job_id: UUID) -> None:
        """Forget a file and its report; what was brought in stays."""
        gone = self._work.execute(
            "DELETE FROM crm.imports WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, job_id),
        )
        if gone.rowcount == 0:
            raise no_such_import()

    def _some(self, job_id: UUID | None, limit: int) -> list[Job]:
        rows = self._work.execute(
            "SELECT id, kind, rows, doc, created_at, finished_at FROM crm.imports"
            " WHERE provider_id = %s AND (%s::uuid IS NULL OR id = %s)"
            " ORDER BY created_at DESC, id DESC LIMIT %s",
            (self._vault.tenant, job_id, job_id, limit),
        ).fetchall()
        counts = self._counts([row["id"] for row in rows])
        return [
            Job(
                id=row["id"],
                kind=row["kind"],
                rows=row["rows"],
                done=counts[row["id"]].total(),
                counts={outcome: counts[row["id"]][outcome] for outcome in Outcome},
                about=self._vault.open(Place(_JOBS, row["id"], None), bytes(row["doc"])),
                created_at=row["created_at"],
                finished_at=row["finished_at"],
            )
            for row in rows
        ]

    def _counts(self, job_ids: list[UUID]) -> dict[UUID, Counter[str]]:
        found: dict[UUID, Counter[str]] = {job_id: Counter() for job_id in job_ids}
        rows = self._work.execute(
            "SELECT import_id, line ->> 'outcome' AS outcome, count(*) AS lines"
            " FROM crm.import_slices, jsonb_array_elements(report) AS line"
            " WHERE provider_id = %s AND import_id = ANY(%s) GROUP BY import_id, outcome",
            (self._vault.tenant, job_ids),
        ).fetchall()
        for row in rows:
            found[row["import_id"]][row["outcome"]] = row["lines"]
        return found


def no_such_import() -> NotFound:
    """Return the answer about a file that is not being brought into this book."""
    return NotFound("no-such-import", "There is no such import in your book.")
