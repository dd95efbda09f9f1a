"""A vault in memory, and what an attacker may do to it.

Everything of the vault is reached through `world.vault` and `world.module`, because the mutation run executes these
tests against other copies of the package.
"""

import importlib
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kit.ids import new_id
from tests.fakes.vault_cloud import FakeCloud

TABLE = "CrmKeys"
PASSPHRASE = "a mule in Siena"


class World:
    """One tenant with an open vault and a client; others on demand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.vault: Any = importlib.import_module("crm.vault")
        lock = self.module("passphrase")
        monkeypatch.setattr(
            lock, "ARGON2_PARAMS", lock.Argon2Params(memory_kib=8, passes=1, lanes=1)
        )
        self.cloud = FakeCloud()
        self.cloud.install(monkeypatch)
        self.arn = self.cloud.kms.create_key()
        self.moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.tenant, self.client_id = new_id(), new_id()
        self.keyring = self.new_keyring()
        self.inbox: Any = self.vault.Inbox(TABLE)
        self.keyring.create(self.tenant)
        self.keyring.open(self.tenant).new_client(self.client_id)

    def module(self, name: str) -> Any:
        """Return a module of the vault."""
        return importlib.import_module(f"crm.vault.{name}")

    def new_keyring(self) -> Any:
        """Return what another environment would have: nothing remembered."""
        return self.vault.Keyring(TABLE, self.arn, lambda: self.moment)

    def other_tenant(self) -> UUID:
        """Begin the vault of somebody else."""
        tenant = new_id()
        self.keyring.create(tenant)
        return tenant

    def place(self, table: str = "crm.visits", client_id: UUID | None = None) -> Any:
        """Return a new place of the client."""
        return self.vault.DocumentRef(table, new_id(), client_id or self.client_id)

    def lock(self, session_id: str = "s1") -> Any:
        """Put a passphrase on the vault; return an unlock."""
        self.code = self.keyring.enable_passphrase(self.tenant, PASSPHRASE)
        return self.unlock(session_id)

    def unlock(self, session_id: str = "s1", passphrase: str = PASSPHRASE) -> Any:
        """Return an unlock for an hour."""
        secret = self.keyring.unlock(self.tenant, session_id, passphrase, self.hour())
        return self.vault.UnlockToken(session_id, secret)

    def hour(self) -> datetime:
        """Return the time an hour from now."""
        return self.moment + timedelta(hours=1)

    def item(self, name: str, tenant: UUID | None = None) -> Any:
        """Return an item of the table as it lies there, to be read and changed."""
        return self.cloud.dynamodb.items[str(tenant or self.tenant), name]

    def put(self, tenant: UUID, name: str, attributes: Any) -> None:
        """Write an item past the vault, as whoever may write to the table can."""
        item = {**deepcopy(attributes), "tenant": {"S": str(tenant)}, "item": {"S": name}}
        self.cloud.dynamodb.items[str(tenant), name] = item

    def names(self, tenant: UUID | None = None) -> set[str]:
        """Return the names of the tenant's items."""
        owner = str(tenant or self.tenant)
        return {name for one, name in self.cloud.dynamodb.items if one == owner}

    def reseal_bag(self, change: Any, tenant: UUID | None = None) -> None:
        """Change the inside of the bag, as whoever has every right on KMS and the table can."""
        tenant = tenant or self.tenant
        kms_message, bag, table = map(self.module, ("kms_message", "key_bundle", "table"))
        item = self.item("bundle", tenant)
        plaintext = kms_message.open_(
            self.arn, tenant, item["message"]["B"], table.key_table_unavailable()
        )
        inside = change(bag._from_bytes(plaintext))
        message = kms_message.seal(
            self.arn, tenant, bag._to_bytes(inside), table.key_table_unavailable()
        )
        item["message"] = {"B": message}

    def inside(self, tenant: UUID | None = None) -> Any:
        """Return what KMS alone opens of the bag."""
        seen: list[Any] = []

        def look(inside: Any) -> Any:
            seen.append(inside)
            return inside

        self.reseal_bag(look, tenant)
        return seen[0]
