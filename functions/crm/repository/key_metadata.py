"""Key metadata and settings in the table `crm.workspaces`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Identifier, Placeholder
from psycopg.types.json import Jsonb

from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class KeyMetadata:
    """Recorded facts about a workspace's keys; the keys themselves have the last word."""

    key_version: int
    generation_seen_at: datetime | None
    passphrase_changed_at: datetime | None
    recovery_code_at: datetime | None
    disable_requested_at: datetime | None


class KeyMetadataRepository:
    """Key metadata and settings of one workspace."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def read(self) -> KeyMetadata:
        """Return the recorded metadata."""
        row = self._work.execute(
            "SELECT key_version, generation_seen_at, passphrase_changed_at, recovery_code_at,"
            " disable_requested_at FROM crm.workspaces WHERE provider_id = %s",
            (self._provider_id,),
        ).fetchone()
        return KeyMetadata(**row) if row else KeyMetadata(0, None, None, None, None)

    def lock(self) -> KeyMetadata:
        """Return the metadata, and block changes of this workspace's keys and holds until the transaction ends."""
        self._work.execute(
            "SELECT FROM crm.workspaces WHERE provider_id = %s FOR UPDATE", (self._provider_id,)
        )
        return self.read()

    def record_passphrase(self, at: datetime) -> None:
        """Record that a passphrase was set."""
        self._set(passphrase_changed_at=at, disable_requested_at=None)

    def record_recovery_code(self, at: datetime) -> None:
        """Record that a recovery code was shown."""
        self._set(recovery_code_at=at)

    def record_disable_request(self, at: datetime | None) -> None:
        """Record a request to remove the passphrase, or (None) its cancellation."""
        self._set(disable_requested_at=at)

    def clear_passphrase(self) -> None:
        """Record that there is no passphrase."""
        self._set(passphrase_changed_at=None, recovery_code_at=None, disable_requested_at=None)

    def record_generation(self, generation: int, at: datetime) -> None:
        """Record a generation the first time that it is seen."""
        self._work.execute(
            "UPDATE crm.workspaces SET key_version = %s, generation_seen_at = %s"
            " WHERE provider_id = %s AND key_version < %s",
            (generation, at, self._provider_id, generation),
        )

    def settings(self) -> dict[str, Any]:
        """Return the chosen settings."""
        row = self._work.execute(
            "SELECT settings FROM crm.workspaces WHERE provider_id = %s", (self._provider_id,)
        ).fetchone()
        return dict(row["settings"]) if row else {}

    def save_settings(self, values: Mapping[str, Any], at: datetime) -> None:
        """Save some settings; the others stay."""
        self._work.execute(
            "UPDATE crm.workspaces SET settings = settings || %s, updated_at = %s"
            " WHERE provider_id = %s",
            (Jsonb(dict(values)), at, self._provider_id),
        )

    def _set(self, **columns: datetime | None) -> None:
        changes = SQL(", ").join(
            SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in columns
        )
        self._work.execute(
            SQL("UPDATE crm.workspaces SET {} WHERE provider_id = %(provider_id)s").format(changes),
            {**columns, "provider_id": self._provider_id},
        )
