"""The table `crm.subject_cases`: a row for each request in each book, the same for who is found and who is not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.domain.subjects import Case, padded
from crm.vault import OpenVault, Place
from kit.db import UnitOfWork
from kit.errors import NotFound

TABLE = "subject_cases"


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A case with its id."""

    id: UUID
    case: Case


@dataclass(frozen=True, slots=True)
class Cases:
    """Those of one opened book."""

    work: UnitOfWork
    vault: OpenVault

    def add(self, case_id: UUID, case: Case | None, forget_at: datetime) -> None:
        """Keep one, also where it is about nobody; the same again is harmless."""
        document = case.document() if case else padded({})
        self.work.execute(
            """
            INSERT INTO crm.subject_cases (id, provider_id, doc, forget_at) VALUES (%s, %s, %s, %s)
            ON CONFLICT (id) DO NOTHING
            """,
            (case_id, self.vault.tenant, self.vault.seal(_place(case_id), document), forget_at),
        )

    def hold(self, case_id: UUID) -> Case:
        """Return one that nobody else changes until the transaction ends; raise `NotFound`."""
        row = self.work.execute(
            "SELECT id, doc FROM crm.subject_cases WHERE provider_id = %s AND id = %s FOR UPDATE",
            (self.vault.tenant, case_id),
        ).fetchone()
        case = Case.of(self.vault.open(_place(case_id), bytes(row["doc"]))) if row else None
        if case is None:
            raise no_such_request()
        return case

    def replace(self, case_id: UUID, case: Case) -> None:
        """Change one that is held."""
        self.work.execute(
            "UPDATE crm.subject_cases SET doc = %s WHERE provider_id = %s AND id = %s",
            (self.vault.seal(_place(case_id), case.document()), self.vault.tenant, case_id),
        )

    def all(self) -> list[KeptCase]:
        """Return those that are about somebody, the latest asked first."""
        rows = self.work.execute(
            "SELECT id, doc FROM crm.subject_cases WHERE provider_id = %s", (self.vault.tenant,)
        ).fetchall()
        opened = (
            (row["id"], self.vault.open(_place(row["id"]), bytes(row["doc"]))) for row in rows
        )
        found = [KeptCase(one, case) for one, document in opened if (case := Case.of(document))]
        return sorted(found, key=lambda one: (one.case.asked_at, one.id), reverse=True)

    def who_they_are(self, client_ids: Iterable[UUID]) -> dict[UUID, UUID]:
        """Return under which ids these clients are in the book now: merged ones under who stayed."""
        wanted = list(set(client_ids))
        rows = self.work.execute(
            """
            WITH RECURSIVE now (asked, id) AS (
                SELECT asked, asked FROM unnest(%(ids)s::uuid[]) AS one (asked)
                UNION
                SELECT now.asked, m.client_id FROM now JOIN crm.merges m
                    ON m.provider_id = %(provider)s AND m.absorbed_id = now.id
            )
            SELECT now.asked, c.id FROM now
            JOIN crm.clients c ON c.provider_id = %(provider)s AND c.id = now.id
            """,
            {"ids": wanted, "provider": self.vault.tenant},
        ).fetchall()
        return {row["asked"]: row["id"] for row in rows}


def no_such_request() -> NotFound:
    """Return the answer about a request that is not in this book, or found nobody there."""
    return NotFound("no-such-request", "There is no such request in your book.")


def _place(case_id: UUID) -> Place:
    return Place(TABLE, case_id, None)
