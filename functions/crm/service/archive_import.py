"""Sheets of an archive come back: with their ids, so that each finds its place and the same archive changes nothing.

Of two versions the later one is right; at the same time they are the same.
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
from crm.domain.normalisation import normalize_tag
from crm.domain.tasks import Task
from crm.repository import record_types
from crm.repository.clients import BulkClientRepository
from crm.repository.encrypted_records import RecordType
from crm.repository.export_records import ExportRecords
from crm.repository.former_clients import FormerClients
from crm.repository.key_deletion import PendingKeyDeletions
from crm.repository.legal_holds import LegalHoldRepository
from crm.repository.subscriptions import withdrawn_at
from crm.service.audit_log import AuditLog
from crm.service.key_deletion import record_deletion, renew_keys
from crm.service.subscriptions import token_hash
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid

_KINDS: Mapping[str, RecordType[Any]] = {
    kind.table: kind for kind in vars(record_types).values() if isinstance(kind, RecordType)
}
_NOT_HERS = "They agreed to hear from the other account, so this does not come along."
_FORGOTTEN = "This client was forgotten, and an import brings nobody back: enter them by hand."
_ABSORBED = "This entry and another one were made one since."
_HELD = "This is under a legal hold and must stay as it is: lift the hold first, if you may."
_UNFIT = "This entry does not fit with the rest of the book, so it was left out."

type RecordParser = Callable[[ExportTable, ExportRecord, UUID], ExportRecord]
"""Returns a sheet as this provider's book would have written it, or raises `Invalid`."""


class ArchiveImport:
    """One shelf of an archive, on its way into one open book. `provider`: whose book it was exported from."""

    def __init__(
        self,
        context: UnlockedContext,
        audit_log: AuditLog,
        shelf: ExportTable,
        provider: str,
        fitted: RecordParser,
    ) -> None:
        self._context = context
        self._audit_log = audit_log
        self._shelf = shelf
        self._provider = provider
        self._fitted = fitted
        self._table = ExportRecords(context.work, context.vault, shelf)
        self._clients = BulkClientRepository(context.work, context.vault)

    def process(self, rows: Sequence[Any]) -> list[ReportLine]:
        """Bring sheets in; return what came of each."""
        if self._shelf is AREA_SUBSCRIPTIONS and self._provider != str(self._context.provider_id):
            return [self._line(number, Outcome.SKIPPED, message=_NOT_HERS) for number, _ in rows]
        columns = self._table.names()
        report: dict[int, ReportLine] = {}
        sheets: dict[int, ExportRecord] = {}
        for number, stored in rows:
            try:
                sheet = parse_record(
                    self._shelf, stored, columns, self._context.provider_id, self._provider
                )
                sheets[number] = self._fitted(self._shelf, sheet, self._context.provider_id)
            except Invalid as refused:
                report[number] = self._line(number, Outcome.REFUSED, refused.field, refused.message)
        sheets, left_out = self._without_departed(sheets)
        report |= left_out
        if self._shelf is AREA_SUBSCRIPTIONS:
            sheets = self._ended_as_known(sheets)
        if self._shelf is CLIENTS:
            PendingKeyDeletions(self._context.work).lock_reimport(self._context.provider_id)
        there = self._table.changed_at([sheet.id for sheet in sheets.values()])
        fresh: dict[int, ExportRecord] = {}
        later: dict[int, ExportRecord] = {}
        for number, sheet in sheets.items():
            kept_at = there.get(sheet.id)
            if kept_at is None:
                fresh[number] = sheet
            elif kept_at < sheet.changed_at:
                later[number] = sheet
            else:
                same = kept_at == sheet.changed_at
                report[number] = self._line(
                    number,
                    Outcome.UNCHANGED if same else Outcome.SKIPPED,
                    message=None if same else "Your book has a later version of this.",
                    record_id=str(sheet.id),
                )
        # Before anything is tried: what is tried may be undone, and a destroyed key stays destroyed.
        renewed = self._renewed(fresh)
        report |= self._write(fresh, Outcome.CREATED)
        held = self._under_hold(later)
        report |= held
        later = {number: sheet for number, sheet in later.items() if number not in held}
        report |= self._write(later, Outcome.UPDATED)
        record_deletion(self._audit_log, renewed)
        return [report[number] for number, _ in rows]

    def _under_hold(self, later: Mapping[int, ExportRecord]) -> dict[int, ReportLine]:
        """Let no archive replace what must stay as it is."""
        if not later:
            return {}
        # Clients' rows before the book's, as for everybody who takes both.
        self._table.generations([one for sheet in later.values() if (one := self._client(sheet))])
        LegalHoldRepository(self._context.work, self._context.vault).lock()
        held = self._table.under_hold([sheet.id for sheet in later.values()])
        return {
            number: self._line(number, Outcome.REFUSED, "document", _HELD, str(sheet.id))
            for number, sheet in later.items()
            if sheet.id in held
        }

    def _renewed(self, fresh: Mapping[int, ExportRecord]) -> list[UUID]:
        if self._shelf is not CLIENTS:
            return []
        return renew_keys(self._context, [sheet.id for sheet in fresh.values()])

    def _without_departed(
        self, sheets: Mapping[int, ExportRecord]
    ) -> tuple[dict[int, ExportRecord], dict[int, ReportLine]]:
        """Bring nobody back who was forgotten; what is about an absorbed client is about who absorbed them."""
        whose = {number: self._client(sheet) for number, sheet in sheets.items()}
        departed = FormerClients(self._context.work, self._context.provider_id)
        ids = {one for one in whose.values() if one}
        absorbed, forgotten = departed.absorbed(ids), departed.erased(ids)
        stay: dict[int, ExportRecord] = {}
        report: dict[int, ReportLine] = {}
        for number, sheet in sheets.items():
            client_id = whose[number]
            if client_id in forgotten:
                report[number] = self._line(number, Outcome.SKIPPED, message=_FORGOTTEN)
            elif client_id not in absorbed:
                stay[number] = sheet
            elif self._shelf is CLIENTS:
                report[number] = self._line(number, Outcome.SKIPPED, message=_ABSORBED)
            else:
                other = str(absorbed[client_id])
                stay[number] = replace(sheet, fields=sheet.fields | {"client_id": other})
        return stay, report

    def _ended_as_known(self, sheets: Mapping[int, ExportRecord]) -> dict[int, ExportRecord]:
        """Bring no consent back that was taken back since: its entry says so."""
        hashes = {
            number: token_hash(str(sheet.document.get("link_token", "")))
            for number, sheet in sheets.items()
        }
        ends = withdrawn_at(self._context.work, self._context.provider_id, hashes.values())
        return {
            number: replace(
                sheet, fields=sheet.fields | {"unsubscribed_at": ends[hashes[number]].isoformat()}
            )
            if hashes[number] in ends and not sheet.fields.get("unsubscribed_at")
            else sheet
            for number, sheet in sheets.items()
        }

    def _client(self, sheet: ExportRecord) -> UUID | None:
        return sheet.id if self._shelf is CLIENTS else sheet.client_id

    def _write(self, sheets: Mapping[int, ExportRecord], outcome: Outcome) -> dict[int, ReportLine]:
        """Write them at once; where one is unfit, each for itself."""
        if not sheets:
            return {}
        try:
            with self._context.work.savepoint():
                return self._at_once(sheets, outcome)
        except (psycopg.DataError, psycopg.IntegrityError, Invalid):
            if len(sheets) > 1:
                alone = [self._write({number: one}, outcome) for number, one in sheets.items()]
                return {number: line for lines in alone for number, line in lines.items()}
        return {number: self._line(number, Outcome.REFUSED, "fields", _UNFIT) for number in sheets}

    def _at_once(
        self, sheets: Mapping[int, ExportRecord], outcome: Outcome
    ) -> dict[int, ReportLine]:
        report: dict[int, ReportLine] = {}
        generations = self._generations(sheets.values(), outcome)
        fit: dict[int, ExportRecord] = {}
        for number, sheet in sheets.items():
            client_id = self._client(sheet)
            if client_id is None or client_id in generations:
                fit[number] = sheet
            else:
                report[number] = self._line(
                    number, Outcome.REFUSED, "client_id",
                    "Its client is not in your book: import the parts in their order.",
                )  # fmt: skip
        if not fit:
            return report
        write = self._table.insert if outcome is Outcome.CREATED else self._table.update
        by_id = {sheet.id: sheet for sheet in fit.values()}
        rows = {
            row["id"]: row for row in write(list(by_id.values()), generations, self._more(by_id))
        }
        unread = [one for one, row in rows.items() if not self._reads(row, by_id[one].document)]
        if unread and outcome is Outcome.UPDATED:
            raise psycopg.DataError
        self._table.remove(unread)
        came = rows.keys() - set(unread)
        self._index({one: sheet for one, sheet in by_id.items() if one in came}, outcome)
        for number, sheet in fit.items():
            report[number] = (
                self._line(number, outcome, record_id=str(sheet.id))
                if sheet.id in came
                else self._line(number, Outcome.REFUSED, "fields", _UNFIT)
            )
        return report

    def _generations(self, sheets: Any, outcome: Outcome) -> dict[UUID, int]:
        if self._shelf is CLIENTS and outcome is Outcome.CREATED:
            ids = [sheet.id for sheet in sheets]
            self._context.vault.new_clients(ids)
            return dict.fromkeys(ids, self._context.vault.generation)
        if self._shelf is CLIENTS:
            return self._table.generations([sheet.id for sheet in sheets])
        return self._table.generations([sheet.client_id for sheet in sheets if sheet.client_id])

    def _more(self, sheets: Mapping[UUID, ExportRecord]) -> dict[UUID, dict[str, Any]]:
        """Return the columns that are made of documents and of the keys."""
        if self._shelf is not AREA_SUBSCRIPTIONS:
            return {}
        return {
            one: subscription_columns(self._context, sheet.document)
            for one, sheet in sheets.items()
        }

    def _reads(self, row: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
        """Tell whether it can be read as everything else in the book."""
        try:
            if self._shelf is CLIENTS:
                ClientProfile.from_payload(document).tokens()
            elif self._shelf is TASKS:
                Task.from_columns(row["due_at"], document)
            elif self._shelf.table in _KINDS:
                kind = _KINDS[self._shelf.table]
                clear = {name: row[name] for name in kind.columns}
                kind.payload_type.from_columns(clear, document)
        except (Invalid, LookupError, TypeError, ValueError, AttributeError):
            return False
        return True

    def _index(self, sheets: Mapping[UUID, ExportRecord], outcome: Outcome) -> None:
        if self._shelf is not CLIENTS or not sheets:
            return
        if outcome is Outcome.UPDATED:
            self._clients.unindex(list(sheets))
        self._clients.index(
            {one: ClientProfile.from_payload(sheet.document) for one, sheet in sheets.items()}
        )

    def _line(
        self,
        number: int,
        outcome: Outcome,
        field: str | None = None,
        message: str | None = None,
        record_id: str | None = None,
    ) -> ReportLine:
        return ReportLine(number, self._shelf.name, outcome, field, message, record_id)


def subscription_columns(context: UnlockedContext, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return by what an area notification is found."""
    token = context.vault.blind_index("area", normalize_tag(str(document.get("area", ""))))
    link_hash = token_hash(str(document.get("link_token", "")))
    return {"area_token": f"\\x{token.hex()}", "unsubscribe_hash": f"\\x{link_hash.hex()}"}
