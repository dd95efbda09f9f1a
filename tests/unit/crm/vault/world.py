"""Vault in memory, with the manipulations of an attacker.

Tests reach the vault through `world.vault` and `world.module` only, because the mutation run executes them against
other copies of the package.
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
    """Tenant with an open vault and one client; other tenants on demand."""

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
        self.keyring.open(self.tenant).new_clients([self.client_id])

    def module(self, name: str) -> Any:
        """Return a module of the vault."""
        return importlib.import_module(f"crm.vault.{name}")

    def new_keyring(self) -> Any:
        """Return the keyring of a new environment, without cached keys."""
        return self.vault.Keyring(TABLE, self.arn, lambda: self.moment)

    def other_tenant(self) -> UUID:
        """Create the vault of another tenant."""
        tenant = new_id()
        self.keyring.create(tenant)
        return tenant

    def place(self, table: str = "crm.visits", client_id: UUID | None = None) -> Any:
        """Return a new document reference of the client."""
        return self.vault.DocumentRef(table, new_id(), client_id or self.client_id)

    def lock(self, session_id: str = "s1") -> Any:
        """Enable a passphrase; return an unlock."""
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
        """Return the stored item of the key table, which the caller may change."""
        return self.cloud.dynamodb.items[str(tenant or self.tenant), name]

    def put(self, tenant: UUID, name: str, attributes: Any) -> None:
        """Write an item without the vault, as an attacker with write access to the table can."""
        item = {**deepcopy(attributes), "tenant": {"S": str(tenant)}, "item": {"S": name}}
        self.cloud.dynamodb.items[str(tenant), name] = item

    def names(self, tenant: UUID | None = None) -> set[str]:
        """Return the names of the tenant's items."""
        owner = str(tenant or self.tenant)
        return {name for one, name in self.cloud.dynamodb.items if one == owner}

    def reseal_bundle(self, change: Any, tenant: UUID | None = None) -> None:
        """Change the contents of the key bundle, as an attacker with every right on KMS and the table can."""
        tenant = tenant or self.tenant
        kms_message, bundle, table = map(self.module, ("kms_message", "key_bundle", "table"))
        item = self.item("bundle", tenant)
        plaintext = kms_message.open_(
            self.arn, tenant, item["message"]["B"], table.key_table_unavailable()
        )
        inside = change(bundle._from_bytes(plaintext))
        message = kms_message.seal(
            self.arn, tenant, bundle._to_bytes(inside), table.key_table_unavailable()
        )
        item["message"] = {"B": message}

    def inside(self, tenant: UUID | None = None) -> Any:
        """Return the contents of the key bundle that KMS alone decrypts."""
        seen: list[Any] = []

        def capture(inside: Any) -> Any:
            seen.append(inside)
            return inside

        self.reseal_bundle(capture, tenant)
        return seen[0]
