"""Benchmark of the client book: a list of fifty clients, import and export of ten thousand, and an unlock.

Lists against AES-GCM alone and against the Encryption SDK used field by field, in one run. PostgreSQL, DynamoDB and KMS
are on the same machine, so the calls are counted and the ratios hold; AWS adds a millisecond or two to each call.
"""

import csv
import io
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg

from bench import crm_fields
from bench.table import show
from crm.domain.export_container import seal
from crm.repository.workspaces import WorkspaceRepository
from crm.schemas.export_schema import fitted
from crm.service.audit_log import AuditLog
from crm.service.clients import ClientQuery, ClientService
from crm.service.exports import Archive, ExportService
from crm.service.import_jobs import ImportService
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import Keyring, passphrase
from kit import aws, clock
from kit.db import Database, DatabaseSettings, UnitOfWork
from kit.ids import new_id
from local.services.emulator import Emulator
from local.services.postgres import Postgres
from operations.migrate import migrate

PEOPLE = int(os.environ.get("BENCH_CLIENTS", "10000"))
NAME = "bench"
_TABLE = "CrmKeys"
_PASSPHRASE = "violet anchor meadow lantern"


@dataclass(frozen=True)
class Bench:
    """Workspace, its keys, and a counter of AWS calls."""

    database: Database
    keyring: Keyring
    key_arn: str
    tenant: UUID
    calls: Counter[str]

    def in_context[T](self, work: Callable[[UnlockedContext, AuditLog], T]) -> T:
        """Run a function in the unlocked workspace, as one request."""
        with self.database.transaction() as unit:
            return work(*self._context(unit))

    def _context(self, unit: UnitOfWork) -> tuple[UnlockedContext, AuditLog]:
        set_tenant(unit, self.tenant)
        WorkspaceRepository(unit).ensure(self.tenant, clock.now())
        self.keyring.create(self.tenant)
        context = UnlockedContext(unit, self.keyring.open(self.tenant), clock.now)
        return context, AuditLog(unit, self.tenant, clock.now)


@dataclass(frozen=True)
class Measurement:
    """Duration and number of AWS calls."""

    seconds: float
    calls: Counter[str]

    def row(self, title: str, rows: int) -> list[str]:
        """Return a row of a table."""
        return [
            title,
            f"{self.seconds:,.2f} s",
            f"{rows / self.seconds:,.0f}",
            str(self.calls["kms"]),
            str(self.calls["dynamodb"]),
        ]


def main() -> None:
    """Print the tables."""
    folder = Path(tempfile.mkdtemp(prefix="bench-crm-"))
    try:
        with Postgres(folder / "data") as server, Emulator(None, region="eu-central-1") as emulator:
            _run(_create_bench(server, emulator))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(bench: Bench) -> None:
    def kms() -> int:
        return bench.calls["kms"]

    show(
        f"{crm_fields.CLIENTS} clients with {len(crm_fields.FIELDS)} fields each, opened",
        ["way", "time", "times the floor", "calls to KMS"],
        crm_fields.rows(bench.keyring, new_id(), bench.key_arn, kms),
    )
    begun = _measure(bench, lambda: _import(bench, _csv(), once=True))
    whole = _measure(bench, lambda: _import(bench, _csv()))
    again = _measure(bench, lambda: _import(bench, _csv()))
    parts: list[bytes] = []
    out = _measure(bench, lambda: parts.extend(_export(bench)))
    show(
        f"{PEOPLE:,} clients in and out",
        ["what", "time", "rows/s", "calls to KMS", "calls to DynamoDB"],
        [
            begun.row("CSV read and kept sealed", PEOPLE),
            whole.row("the same, worked off as well", PEOPLE),
            again.row("the same file again: nothing changes", PEOPLE),
            out.row(f"export, {len(parts)} part(s), {sum(map(len, parts)) / 1e6:.1f} MB", PEOPLE),
        ],
    )
    listed = _measure(
        bench,
        lambda: bench.in_context(lambda context, _: ClientService(context).list(ClientQuery())),
    )
    show(
        f"The list of 50 of {PEOPLE:,} clients, as a request finds it",
        ["time", "calls to KMS", "calls to DynamoDB"],
        [
            [
                f"{listed.seconds * 1000:,.1f} ms",
                str(listed.calls["kms"]),
                str(listed.calls["dynamodb"]),
            ]
        ],
    )
    show("An unlock", ["what", "time", "share"], _unlock(bench))


def _csv() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["name", "phone", "email", "tags", "notes"])
    for number in range(PEOPLE):
        writer.writerow(
            [
                f"Client Number{number}",
                f"+49301{number:06}",
                f"client{number}@example.test",
                "calm; regular",
                f"Note {number}: what somebody may want to remember of somebody else.",
            ]
        )
    return out.getvalue().encode()


def _import(bench: Bench, content: bytes, *, once: bool = False) -> None:
    job = bench.in_context(
        lambda context, audit_log: ImportService(context, audit_log).begin(content)
    )
    job_id = job.id
    while not once and job.finished_at is None:
        job = bench.in_context(
            lambda context, audit_log: ImportService(context, audit_log).resume(job_id, fitted)
        )


def _export(bench: Bench) -> Iterator[bytes]:
    next_part: str | None = None
    while True:
        archive = bench.in_context(partial(_part, next_part))
        yield archive.content
        next_part = archive.next_part
        if next_part is None:
            return


def _part(next_part: str | None, context: UnlockedContext, audit_log: AuditLog) -> Archive:
    return ExportService(context, audit_log).next_part(_PASSPHRASE, next_part)


def _unlock(bench: Bench) -> list[list[str]]:
    tenant, until = new_id(), clock.now() + timedelta(hours=1)
    bench.keyring.create(tenant)
    bench.keyring.enable_passphrase(tenant, _PASSPHRASE)
    costs = passphrase.ARGON2_PARAMS
    whole = min(
        _seconds(lambda: bench.keyring.unlock(tenant, "session", _PASSPHRASE, until))
        for _ in range(5)
    )
    # An empty container costs one argon2id with the same parameters, and almost nothing else.
    argon = min(_seconds(lambda: seal(_PASSPHRASE, b"")) for _ in range(5))
    return [
        ["unlock, with DynamoDB", f"{whole * 1000:,.0f} ms", "100 %"],
        [
            f"argon2id, {costs.memory_kib // 1024} MB, {costs.passes} passes",
            f"{argon * 1000:,.0f} ms",
            f"{argon / whole:.0%}",
        ],
    ]


def _measure(bench: Bench, work: Callable[[], object]) -> Measurement:
    bench.calls.clear()
    seconds = _seconds(work)
    return Measurement(seconds, Counter(bench.calls))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _create_bench(server: Postgres, emulator: Emulator) -> Bench:
    os.environ |= {
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }
    emulator.client("dynamodb").create_table(
        TableName=_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("tenant", "item")
        ],
        KeySchema=[
            {"AttributeName": "tenant", "KeyType": "HASH"},
            {"AttributeName": "item", "KeyType": "RANGE"},
        ],
    )
    key_arn = emulator.client("kms").create_key()["KeyMetadata"]["Arn"]
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {NAME}".encode())
    settings = DatabaseSettings(server.host, server.port, NAME, "postgres", sslmode="disable")
    migrate(settings, Path(__file__).parents[1] / "migrations")
    web = DatabaseSettings(server.host, server.port, NAME, "crm_web", sslmode="disable")
    return Bench(Database(lambda: web), Keyring(_TABLE, key_arn), key_arn, new_id(), _count_calls())


def _count_calls() -> Counter[str]:
    """Return a counter of all further requests to KMS and DynamoDB."""
    calls: Counter[str] = Counter()
    for made in (aws.client("kms"), aws.client("dynamodb")):
        service = made.meta.service_model.service_name

        def count(service: str = service, **_: object) -> None:
            calls[service] += 1

        made.meta.events.register(f"before-call.{service}", count)
    return calls
