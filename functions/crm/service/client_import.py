"""Rows of a list become clients, or join those who are in the book already.

A row finds its client by the id it names, by the key it was brought in under, or by a number or an address. What it
finds gains what was missing and loses nothing, so a row that comes again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from crm.domain.client_files import ImportRow
from crm.domain.client_import import (
    ImportedClient,
    Outcome,
    ReportLine,
    merge_into_existing,
    parse_row,
)
from crm.domain.clients import ClientProfile, ClientStatus
from crm.repository.clients import BulkClientRepository, Token
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.ids import new_id

WHAT = "rows"


@dataclass(slots=True)
class _Slice:
    """Who is known while a slice is worked off: of the book, and of the rows before."""

    known: dict[UUID, tuple[ClientProfile, int | None]]
    by_token: dict[Token, set[UUID]]
    there: set[UUID]
    new: dict[UUID, tuple[ClientProfile, ClientStatus]] = field(default_factory=dict)
    changed: set[UUID] = field(default_factory=set)

    def keep(self, client_id: UUID, details: ClientProfile, generation: int | None) -> None:
        """Know somebody as they are now."""
        self.known[client_id] = (details, generation)
        for token in details.tokens():
            if token[0] in ("phone", "email", "import"):
                self.by_token.setdefault(token, set()).add(client_id)

    def meant(self, wanted: ImportedClient) -> set[UUID]:
        """Return who a row is about: nobody, somebody, or more than one."""
        if wanted.named in self.there:
            return {wanted.named}
        tokens = wanted.details.tokens()
        imported = {one for kind, key in tokens if kind == "import"
                    for one in self.by_token.get((kind, key), ())}  # fmt: skip
        if imported:
            return imported
        return {
            one
            for token in tokens
            if token[0] in ("phone", "email")
            for one in self.by_token.get(token, ())
        }


class ClientImport:
    """Rows of lists, in one open book."""

    def __init__(self, context: UnlockedContext, region: str | None) -> None:
        self._context = context
        self._region = region
        self._clients = BulkClientRepository(context.work, context.vault)

    def process(self, rows: Sequence[Any]) -> list[ReportLine]:
        """Bring rows in; return what came of each."""
        read = [(row := ImportRow.from_json(stored), self._understood(row)) for stored in rows]
        part = self._known([said for _, said in read if isinstance(said, ImportedClient)])
        report = [
            self._bring(part, row, said)
            if isinstance(said, ImportedClient)
            else ReportLine(row.line, WHAT, Outcome.REFUSED, said.field, said.message)
            for row, said in read
        ]
        now = self._context.now()
        self._clients.add(part.new, now)
        held = {
            one: (details, generation)
            for one, (details, generation) in part.known.items()
            if one in part.changed and generation is not None
        }
        self._clients.replace(held, now)
        return report

    def _understood(self, row: ImportRow) -> ImportedClient | Invalid:
        try:
            return parse_row(row, self._region)
        except Invalid as refused:
            return refused

    def _known(self, wanted: Sequence[ImportedClient]) -> _Slice:
        tokens = {
            token
            for one in wanted
            for token in one.details.tokens()
            if token[0] in ("phone", "email", "import")
        }
        by_token = self._clients.ids_by_tokens(tokens)
        there = self._clients.existing_ids({one.named for one in wanted if one.named})
        ids = there.union(*by_token.values())
        held = self._clients.lock(ids)
        part = _Slice({}, by_token, there)
        for client_id, (details, generation) in held.items():
            part.keep(client_id, details, generation)
        return part

    def _bring(self, part: _Slice, row: ImportRow, wanted: ImportedClient) -> ReportLine:
        meant = part.meant(wanted)
        if not meant:
            client_id = new_id()
            part.new[client_id] = (wanted.details, wanted.standing)
            part.keep(client_id, wanted.details, None)
            return ReportLine(row.line, WHAT, Outcome.CREATED, record_id=str(client_id))
        if len(meant) > 1:
            return ReportLine(
                row.line, WHAT, Outcome.REFUSED, "phones" if wanted.details.phones else "emails",
                "This is more than one client of your book: merge them first.",
            )  # fmt: skip
        client_id = next(iter(meant))
        if client_id not in part.known:
            return ReportLine(
                row.line, WHAT, Outcome.SKIPPED,
                message="This client's entry does not open, so nothing was added to it.",
            )  # fmt: skip
        before, generation = part.known[client_id]
        after = merge_into_existing(before, wanted.details)
        if after == before:
            return ReportLine(row.line, WHAT, Outcome.UNCHANGED, record_id=str(client_id))
        part.keep(client_id, after, generation)
        if client_id in part.new:
            part.new[client_id] = (after, part.new[client_id][1])
        else:
            part.changed.add(client_id)
        return ReportLine(row.line, WHAT, Outcome.UPDATED, record_id=str(client_id))
