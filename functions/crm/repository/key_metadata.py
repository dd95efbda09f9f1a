"""What the table `crm.workspaces` knows beside the keys, and her settings."""

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
    """What is written down about a book's keys; the keys themselves have the last word."""

    key_version: int
    generation_seen_at: datetime | None
    passphrase_changed_at: datetime | None
    recovery_code_at: datetime | None
    disable_asked_at: datetime | None


class KeyMetadataRepository:
    """One book's row."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def read(self) -> KeyMetadata:
        """Return what is written down."""
        row = self._work.execute(
            "SELECT key_version, generation_seen_at, passphrase_changed_at, recovery_code_at,"
            " disable_asked_at FROM crm.workspaces WHERE provider_id = %s",
            (self._provider_id,),
        ).fetchone()
        return KeyMetadata(**row) if row else KeyMetadata(0, None, None, None, None)

    def lock(self) -> KeyMetadata:
        """Return it, and let nobody else change this book's keys or holds until the end of the transaction."""
        self._work.execute(
            "SELECT FROM crm.workspaces WHERE provider_id = %s FOR UPDATE", (self._provider_id,)
        )
        return self.read()

    def passphrase_set(self, moment: datetime) -> None:
        """Note that a passphrase was chosen."""
        self._set(passphrase_changed_at=moment, disable_asked_at=None)

    def recovery_code_made(self, moment: datetime) -> None:
        """Note that a recovery code was shown."""
        self._set(recovery_code_at=moment)

    def disable_asked(self, moment: datetime | None) -> None:
        """Note that the passphrase is to go, or (None) is not."""
        self._set(disable_asked_at=moment)

    def passphrase_gone(self) -> None:
        """Note that there is no passphrase."""
        self._set(passphrase_changed_at=None, recovery_code_at=None, disable_asked_at=None)

    def record_generation(self, generation: int, moment: datetime) -> None:
        """Note the generation of an opened book, the first time that it is seen."""
        self._work.execute(
            "UPDATE crm.workspaces SET key_version = %s, generation_seen_at = %s"
            " WHERE provider_id = %s AND key_version < %s",
            (generation, moment, self._provider_id, generation),
        )

    def settings(self) -> dict[str, Any]:
        """Return what she chose."""
        row = self._work.execute(
            "SELECT settings FROM crm.workspaces WHERE provider_id = %s", (self._provider_id,)
        ).fetchone()
        return dict(row["settings"]) if row else {}

    def save_settings(self, chosen: Mapping[str, Any], moment: datetime) -> None:
        """Keep some of the settings; the others stay."""
        self._work.execute(
            "UPDATE crm.workspaces SET settings = settings || %s, updated_at = %s"
            " WHERE provider_id = %s",
            (Jsonb(dict(chosen)), moment, self._provider_id),
        )

    def _set(self, **moments: datetime | None) -> None:
        changes = SQL(", ").join(
            SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in moments
        )
        self._work.execute(
            SQL("UPDATE crm.workspaces SET {} WHERE provider_id = %(provider_id)s").format(changes),
            {**moments, "provider_id": self._provider_id},
        )
