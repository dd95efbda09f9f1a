"""Import of an archive's records under their own ids, so that importing the same archive again changes nothing.

Of two versions the later one wins; versions of the same time are equal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg

from crm.domain.client_import import Outcome, ReportLine
from crm.domain.clients import ClientProfile
from crm.domain.export_archive import parse_record
from crm.domain.export_schema import AREA_SUBSCRIPTIONS, CLIENTS, TASKS, ExportRecord, ExportTable
from crm.domain.tasks import Task
from crm.repository import subscriptions
from crm.repository.clients import ClientRepository
from crm.repository.communications import COMMUNICATIONS
from crm.repository.encrypted_records import RecordType
from crm.repository.export_records import ExportRecords
from crm.repository.former_clients import FormerClients
from crm.repository.key_deletion import PendingKeyDeletions
from crm.repository.legal_holds import LegalHoldRepository
from crm.repository.references import REFERENCES
from crm.repository.screening import SCREENINGS
from crm.repository.visits import VISITS
from crm.service.audit_log import AuditLog
from crm.service.key_deletion import record_deletion, renew_keys
from crm.service.subscriptions import hash_link_token
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.i18n import N_
from kit.i18n import gettext as _

RECORD_TYPES: Mapping[str, RecordType[Any]] = {
    record_type.table: record_type
    for record_type in (
        VISITS,
        COMMUNICATIONS,
        SCREENINGS,
        REFERENCES,
        subscriptions.AREA_SUBSCRIPTIONS,
    )
}
_OTHER_PROVIDER = N_(
    "The client consented to e-mails of the other account, so this is not imported."
)
_ERASED = N_(
    "This client was deleted, and an import restores no deleted client: add the client by hand."
)
_MERGED = N_("This client was merged into another one.")
_HELD = N_("This is under a legal hold and cannot be changed: release the hold first, if you may.")
_INCONSISTENT = N_("This entry does not fit the rest of your client book, so it was skipped.")

type RecordParser = Callable[[ExportTable, ExportRecord, UUID], ExportRecord]
"""Parser that returns a record as this workspace would have stored it, or raises `Invalid`."""


class ArchiveImport:
    """Import of one archive table into an unlocked workspace. `provider`: the provider that exported it."""

    def __init__(
        self,
        context: UnlockedContext,
        audit_log: AuditLog,
        table: ExportTable,
        provider: str,
        record_parser: RecordParser,
    ) -> None:
        self._context = context
        self._audit_log = audit_log
        self._table = table
        self._provider = provider
        self._parse = record_parser
        self._export_records = ExportRecords(context.work, context.vault, table)
        self._clients = ClientRepository(context.work, context.vault)

    def process(self, rows: Sequence[Any]) -> list[ReportLine]:
        """Import records; return the report line of each."""
        if self._table is AREA_SUBSCRIPTIONS and self._provider != str(self._context.provider_id):
            return [
                self._report_line(number, Outcome.SKIPPED, message=_(_OTHER_PROVIDER))
                for number, _row in rows
            ]
        records, report = self._parse_records(rows)
        records, skipped = self._skip_former_clients(records)
        report |= skipped
        if self._table is AREA_SUBSCRIPTIONS:
            records = self._apply_withdrawn_consents(records)
        if self._table is CLIENTS:
            PendingKeyDeletions(self._context.work).lock_reimport(self._context.provider_id)
        existing = self._export_records.changed_at([record.id for record in records.values()])
        new: dict[int, ExportRecord] = {}
        newer: dict[int, ExportRecord] = {}
        for number, record in records.items():
            stored_at = existing.get(record.id)
            if stored_at is None:
                new[number] = record
            elif stored_at < record.changed_at:
                newer[number] = record
            else:
                same = stored_at == record.changed_at
                report[number] = self._report_line(
                    number,
                    Outcome.UNCHANGED if same else Outcome.SKIPPED,
                    message=None if same else _("Your client book has a later version of this."),
                    record_id=str(record.id),
                )
        # Before any write: a write may be rolled back, and a destroyed key stays destroyed.
        renewed = self._renew_keys(new)
        report |= self._write(new, Outcome.CREATED)
        held = self._refuse_held(newer)
        report |= held
        newer = {number: record for number, record in newer.items() if number not in held}
        report |= self._write(newer, Outcome.UPDATED)
        record_deletion(self._audit_log, renewed)
        return [report[number] for number, _ in rows]

    def _parse_records(
        self, rows: Sequence[Any]
    ) -> tuple[dict[int, ExportRecord], dict[int, ReportLine]]:
        """Return the records by number, and the report lines of those that were refused."""
        columns = self._export_records.importable_columns()
        report: dict[int, ReportLine] = {}
        records: dict[int, ExportRecord] = {}
        for number, stored in rows:
            try:
                record = parse_record(
                    self._table, stored, columns, self._context.provider_id, self._provider
                )
                records[number] = self._parse(self._table, record, self._context.provider_id)
            except Invalid as refused:
                report[number] = self._report_line(
                    number, Outcome.REFUSED, refused.field, refused.message
                )
        return records, report

    def _refuse_held(self, newer: Mapping[int, ExportRecord]) -> dict[int, ReportLine]:
        """Refuse records that would overwrite data under a legal hold."""
        if not newer:
            return {}
        # Client rows are locked before the workspace row, in the same order as everywhere.
        self._export_records.key_versions(
            [one for record in newer.values() if (one := self._client_id(record))]
        )
        LegalHoldRepository(self._context.work, self._context.vault).lock()
        held = self._export_records.ids_under_hold([record.id for record in newer.values()])
        return {
            number: self._report_line(number, Outcome.REFUSED, "document", _(_HELD), str(record.id))
            for number, record in newer.items()
            if record.id in held
        }

    def _renew_keys(self, new: Mapping[int, ExportRecord]) -> list[UUID]:
        if self._table is not CLIENTS:
            return []
        return renew_keys(self._context, [record.id for record in new.values()])

    def _skip_former_clients(
        self, records: Mapping[int, ExportRecord]
    ) -> tuple[dict[int, ExportRecord], dict[int, ReportLine]]:
        """Skip erased clients, and assign records of a merged client to the client that remains."""
        client_ids = {number: self._client_id(record) for number, record in records.items()}
        former = FormerClients(self._context.work, self._context.provider_id)
        ids = {one for one in client_ids.values() if one}
        absorbed, erased_ids = former.absorbed(ids), former.erased(ids)
        remaining: dict[int, ExportRecord] = {}
        report: dict[int, ReportLine] = {}
        for number, record in records.items():
            client_id = client_ids[number]
            if client_id in erased_ids:
                report[number] = self._report_line(number, Outcome.SKIPPED, message=_(_ERASED))
            elif client_id not in absorbed:
                remaining[number] = record
            elif self._table is CLIENTS:
                report[number] = self._report_line(number, Outcome.SKIPPED, message=_(_MERGED))
            else:
                other = str(absorbed[client_id])
                remaining[number] = replace(record, fields=record.fields | {"client_id": other})
        return remaining, report

    def _apply_withdrawn_consents(
        self, records: Mapping[int, ExportRecord]
    ) -> dict[int, ExportRecord]:
        """Mark subscriptions whose consent was withdrawn since the export as unsubscribed."""
        hashes = {
            number: hash_link_token(str(record.document.get("link_token", "")))
            for number, record in records.items()
        }
        ends = subscriptions.withdrawn_at(
            self._context.work, self._context.provider_id, hashes.values()
        )
        return {
            number: replace(
                record, fields=record.fields | {"unsubscribed_at": ends[hashes[number]].isoformat()}
            )
            if hashes[number] in ends and not record.fields.get("unsubscribed_at")
            else record
            for number, record in records.items()
        }

    def _client_id(self, record: ExportRecord) -> UUID | None:
        return record.id if self._table is CLIENTS else record.client_id

    def _write(
        self, records: Mapping[int, ExportRecord], outcome: Outcome
    ) -> dict[int, ReportLine]:
        """Write records in one batch; if one is inconsistent, write each on its own."""
        if not records:
            return {}
        try:
            with self._context.work.savepoint():
                return self._write_batch(records, outcome)
        except (psycopg.DataError, psycopg.IntegrityError, Invalid):
            if len(records) > 1:
                single = [self._write({number: one}, outcome) for number, one in records.items()]
                return {number: line for lines in single for number, line in lines.items()}
        return {
            number: self._report_line(number, Outcome.REFUSED, "fields", _(_INCONSISTENT))
            for number in records
        }

    def _write_batch(
        self, records: Mapping[int, ExportRecord], outcome: Outcome
    ) -> dict[int, ReportLine]:
        report: dict[int, ReportLine] = {}
        key_versions = self._key_versions(records.values(), outcome)
        fit: dict[int, ExportRecord] = {}
        for number, record in records.items():
            client_id = self._client_id(record)
            if client_id is None or client_id in key_versions:
                fit[number] = record
            else:
                report[number] = self._report_line(
                    number, Outcome.REFUSED, "client_id",
                    _("The client of this record is not in your client book: import the parts in order."),
                )  # fmt: skip
        if not fit:
            return report
        write = (
            self._export_records.insert
            if outcome is Outcome.CREATED
            else self._export_records.update
        )
        by_id = {record.id: record for record in fit.values()}
        rows = {
            row["id"]: row
            for row in write(list(by_id.values()), key_versions, self._derived_columns(by_id))
        }
        unreadable = [
            one for one, row in rows.items() if not self._is_readable(row, by_id[one].document)
        ]
        if unreadable and outcome is Outcome.UPDATED:
            raise psycopg.DataError
        self._export_records.delete(unreadable)
        written = rows.keys() - set(unreadable)
        self._index({one: record for one, record in by_id.items() if one in written}, outcome)
        for number, record in fit.items():
            report[number] = (
                self._report_line(number, outcome, record_id=str(record.id))
                if record.id in written
                else self._report_line(number, Outcome.REFUSED, "fields", _(_INCONSISTENT))
            )
        return report

    def _key_versions(self, records: Any, outcome: Outcome) -> dict[UUID, int]:
        if self._table is CLIENTS and outcome is Outcome.CREATED:
            ids = [record.id for record in records]
            self._context.vault.new_clients(ids)
            return dict.fromkeys(ids, self._context.vault.generation)
        if self._table is CLIENTS:
            return self._export_records.key_versions([record.id for record in records])
        return self._export_records.key_versions(
            [record.client_id for record in records if record.client_id]
        )

    def _derived_columns(self, records: Mapping[UUID, ExportRecord]) -> dict[UUID, dict[str, Any]]:
        """Return the columns computed from documents and keys."""
        if self._table is not AREA_SUBSCRIPTIONS:
            return {}
        return {
            one: subscription_columns(self._context, record.document)
            for one, record in records.items()
        }

    def _is_readable(self, row: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
        """Tell whether the stored row parses like every other record."""
        try:
            if self._table is CLIENTS:
                ClientProfile.from_payload(document).tokens()
            elif self._table is TASKS:
                Task.from_columns(row["due_at"], document)
            elif self._table.table in RECORD_TYPES:
                kind = RECORD_TYPES[self._table.table]
                clear = {name: row[name] for name in kind.columns}
                kind.payload_type.from_columns(clear, document)
        except (Invalid, LookupError, TypeError, ValueError, AttributeError):
            return False
        return True

    def _index(self, records: Mapping[UUID, ExportRecord], outcome: Outcome) -> None:
        if self._table is not CLIENTS or not records:
            return
        profiles = {
            one: ClientProfile.from_payload(record.document) for one, record in records.items()
        }
        if outcome is Outcome.UPDATED:
            self._clients.reindex(profiles)
        else:
            self._clients.index(profiles)

    def _report_line(
        self,
        number: int,
        outcome: Outcome,
        field: str | None = None,
        message: str | None = None,
        record_id: str | None = None,
    ) -> ReportLine:
        return ReportLine(number, self._table.name, outcome, field, message, record_id)


def subscription_columns(context: UnlockedContext, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the blind indexes of an area subscription."""
    token = subscriptions.area_token(context.vault, str(document.get("area", "")))
    unsubscribe_hash = hash_link_token(str(document.get("link_token", "")))
    return {"area_token": f"\\x{token.hex()}", "unsubscribe_hash": f"\\x{unsubscribe_hash.hex()}"}
