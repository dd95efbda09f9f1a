"""Export schema: the tables of a workspace, and their records in an archive.

A record is a row: its plaintext columns as `fields`, named as in the table, and its decrypted payload as `document`.
Derived columns (key versions, blind indexes) are left out and computed anew on import.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kit.i18n import N_

SCHEMA = "hellomahi-crm-export/1"
MAX_RECORDS = 20_000
"""Of one archive."""
_NEVER_EXPORTED = frozenset({"provider_id", "encrypted_payload", "key_version"})


@dataclass(frozen=True, slots=True)
class ExportTable:
    """Exported table of a workspace."""

    name: str
    """Name in an archive."""
    table: str
    label: str
    """Name of one record, in a sentence."""
    derived_columns: frozenset[str] = frozenset()
    """Columns that an archive does not hold."""
    client_is_optional: bool = False
    """Whether a record may have no client: then it is encrypted under the provider's own key."""

    @property
    def excluded_columns(self) -> list[str]:
        """Return every column that an archive does not hold."""
        return sorted(_NEVER_EXPORTED | self.derived_columns)


CLIENTS = ExportTable(
    "clients", "clients", N_("client"), frozenset({"has_old_keys", "rekey_failed_at"})
)
AREA_SUBSCRIPTIONS = ExportTable(
    "areaNotifications", "area_subscriptions", N_("area subscription"), frozenset({"area_token"})
)
TASKS = ExportTable("tasks", "tasks", N_("task"), client_is_optional=True)
MERGES = ExportTable("merges", "client_merges", N_("merge"))
EXPORT_TABLES = (
    CLIENTS,
    ExportTable("screening", "screenings", N_("screening")),
    ExportTable("references", "client_references", N_("reference")),
    ExportTable("visits", "visits", N_("visit")),
    ExportTable("communications", "communications", N_("message or call")),
    AREA_SUBSCRIPTIONS,
    TASKS,
    MERGES,
)
EXPORT_TABLES_BY_NAME: Mapping[str, ExportTable] = {table.name: table for table in EXPORT_TABLES}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    """Decrypted row. `fields` is JSON, with `id`, and with `client_id` if it concerns a client."""

    fields: dict[str, Any]
    document: dict[str, Any]

    @property
    def id(self) -> UUID:
        """Return the record's id."""
        return UUID(self.fields["id"])

    @property
    def client_id(self) -> UUID | None:
        """Return the client of the record."""
        found = self.fields.get("client_id")
        return UUID(found) if found else None

    @property
    def changed_at(self) -> datetime:
        """Return the time of the last change: of two versions, the later one wins."""
        return datetime.fromisoformat(self.fields.get("updated_at") or self.fields["merged_at"])

    def to_json(self) -> dict[str, Any]:
        """Return the record as an archive holds it."""
        return {"fields": self.fields, "document": self.document}
