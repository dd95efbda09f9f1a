"""What a book is made of, as it leaves and comes back: shelves of sheets.

A sheet is a row: its columns in clear as `fields`, named as they are in the table, and what was sealed as `document`.
What is only derived (keys' numbers, blind indexes) stays behind and is made anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

SCHEMA = "hellomahi-crm-export/1"
MAX_RECORDS = 20_000
"""Of one archive."""
_NEVER = frozenset({"provider_id", "encrypted_payload", "key_version"})


@dataclass(frozen=True, slots=True)
class ExportTable:
    """One table of the book."""

    name: str
    """What it is called in an archive."""
    table: str
    said: str
    """What one of its sheets is called, in a sentence."""
    derived: frozenset[str] = frozenset()
    """Columns that an archive does not hold."""
    is_own: bool = False
    """Whether a sheet may be about nobody: then it is sealed as one of the provider's own."""

    @property
    def left_out(self) -> list[str]:
        """Return every column that an archive does not hold."""
        return sorted(_NEVER | self.derived)


CLIENTS = ExportTable(
    "clients", "clients", "client", frozenset({"has_old_keys", "rekey_failed_at"})
)
AREA_SUBSCRIPTIONS = ExportTable(
    "areaNotifications", "area_subscriptions", "area notification", frozenset({"area_token"})
)
TASKS = ExportTable("tasks", "tasks", "task", is_own=True)
MERGES = ExportTable("merges", "client_merges", "merge")
EXPORT_TABLES = (
    CLIENTS,
    ExportTable("screening", "screenings", "check"),
    ExportTable("references", "client_references", "reference"),
    ExportTable("visits", "visits", "visit"),
    ExportTable("communications", "communications", "message or call"),
    AREA_SUBSCRIPTIONS,
    TASKS,
    MERGES,
)
BY_NAME: Mapping[str, ExportTable] = {shelf.name: shelf for shelf in EXPORT_TABLES}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    """One row, opened. `fields` is JSON, with `id`, and with `client_id` where it is about a client."""

    fields: dict[str, Any]
    document: dict[str, Any]

    @property
    def id(self) -> UUID:
        """Its id."""
        return UUID(self.fields["id"])

    @property
    def client_id(self) -> UUID | None:
        """Whom it is about."""
        found = self.fields.get("client_id")
        return UUID(found) if found else None

    @property
    def changed_at(self) -> datetime:
        """When it was changed last: of two versions, the later one is right."""
        return datetime.fromisoformat(self.fields.get("updated_at") or self.fields["merged_at"])

    def to_json(self) -> dict[str, Any]:
        """Return it as an archive holds it."""
        return {"fields": self.fields, "document": self.document}
