"""Import of a client list: rows become new clients, or add to existing ones.

A row finds its client by the id it names, by its import key, or by a phone number or e-mail address. Existing clients
gain missing values and lose none, so importing a row again changes nothing.
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
from crm.repository.clients import ClientRepository, Token
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.ids import new_id

CLIENT_ROWS = "rows"


@dataclass(slots=True)
class _MatchState:
    """Clients known while a chunk is processed: those of the workspace, and those of earlier rows."""

    known: dict[UUID, tuple[ClientProfile, int | None]]
    by_token: dict[Token, set[UUID]]
    existing_ids: set[UUID]
    new: dict[UUID, tuple[ClientProfile, ClientStatus]] = field(default_factory=dict)
    changed: set[UUID] = field(default_factory=set)

    def remember(self, client_id: UUID, profile: ClientProfile, key_version: int | None) -> None:
        """Remember the current profile of a client."""
        self.known[client_id] = (profile, key_version)
        for token in profile.tokens():
            if token[0] in ("phone", "email", "import"):
                self.by_token.setdefault(token, set()).add(client_id)

    def match(self, imported: ImportedClient) -> set[UUID]:
        """Return the clients that a row matches: none, one, or several."""
        if imported.existing_id in self.existing_ids:
            return {imported.existing_id}
        tokens = imported.profile.tokens()
        with_import_key = {one for kind, key in tokens if kind == "import"
                           for one in self.by_token.get((kind, key), ())}  # fmt: skip
        if with_import_key:
            return with_import_key
        return {
            one
            for token in tokens
            if token[0] in ("phone", "email")
            for one in self.by_token.get(token, ())
        }


class ClientImport:
    """Import of client lists into one unlocked workspace."""

    def __init__(self, context: UnlockedContext, region: str | None) -> None:
        self._context = context
        self._region = region
        self._clients = ClientRepository(context.work, context.vault)

    def process(self, rows: Sequence[Any]) -> list[ReportLine]:
        """Import rows; return the report line of each."""
        read = [(row := ImportRow.from_json(stored), self._parse(row)) for stored in rows]
        state = self._load_matches(
            [parsed for _, parsed in read if isinstance(parsed, ImportedClient)]
        )
        report = [
            self._import_row(state, row, parsed)
            if isinstance(parsed, ImportedClient)
            else ReportLine(row.line, CLIENT_ROWS, Outcome.REFUSED, parsed.field, parsed.message)
            for row, parsed in read
        ]
        now = self._context.now()
        self._clients.add_many(state.new, now)
        changed = {
            one: (profile, key_version)
            for one, (profile, key_version) in state.known.items()
            if one in state.changed and key_version is not None
        }
        self._clients.replace_many(changed, now)
        return report

    def _parse(self, row: ImportRow) -> ImportedClient | Invalid:
        try:
            return parse_row(row, self._region)
        except Invalid as refused:
            return refused

    def _load_matches(self, imported: Sequence[ImportedClient]) -> _MatchState:
        tokens = {
            token
            for one in imported
            for token in one.profile.tokens()
            if token[0] in ("phone", "email", "import")
        }
        by_token = self._clients.ids_by_tokens(tokens)
        existing_ids = self._clients.existing_ids(
            {one.existing_id for one in imported if one.existing_id}
        )
        ids = existing_ids.union(*by_token.values())
        changed = self._clients.lock_readable(ids)
        state = _MatchState({}, by_token, existing_ids)
        for client_id, (profile, key_version) in changed.items():
            state.remember(client_id, profile, key_version)
        return state

    def _import_row(
        self, state: _MatchState, row: ImportRow, imported: ImportedClient
    ) -> ReportLine:
        matches = state.match(imported)
        if not matches:
            client_id = new_id()
            state.new[client_id] = (imported.profile, imported.status)
            state.remember(client_id, imported.profile, None)
            return ReportLine(row.line, CLIENT_ROWS, Outcome.CREATED, record_id=str(client_id))
        if len(matches) > 1:
            return ReportLine(
                row.line, CLIENT_ROWS, Outcome.REFUSED,
                "phones" if imported.profile.phones else "emails",
                _("This matches more than one client: merge them first."),
            )  # fmt: skip
        client_id = next(iter(matches))
        if client_id not in state.known:
            return ReportLine(
                row.line, CLIENT_ROWS, Outcome.SKIPPED,
                message=_("This client cannot be decrypted, so nothing was added."),
            )  # fmt: skip
        before, key_version = state.known[client_id]
        after = merge_into_existing(before, imported.profile)
        if after == before:
            return ReportLine(row.line, CLIENT_ROWS, Outcome.UNCHANGED, record_id=str(client_id))
        state.remember(client_id, after, key_version)
        if client_id in state.new:
            state.new[client_id] = (after, state.new[client_id][1])
        else:
            state.changed.add(client_id)
        return ReportLine(row.line, CLIENT_ROWS, Outcome.UPDATED, record_id=str(client_id))
