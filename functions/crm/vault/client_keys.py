"""One random key per client, wrapped under a key of the generation and stored in an item of its own.

Deleting that item makes all data of the client unreadable, wherever copies of the rows may lie. During a re-key an item
holds two keys, `key_1` beside `key_2`, one for each generation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm.vault.errors import ClientShredded, RecordRekeyed
from crm.vault.primitives import derive, length_prefixed, new_key, unwrap, wrap
from crm.vault.table import TRANSACTION_SIZE, KeyTable, client_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm.vault.keys import Keys

_PREFIX = "key_"
_ROUNDS = 4


class ClientKeys:
    """The keys of a tenant's clients while its vault is open, with a cache of the keys that were read."""

    def __init__(self, table: KeyTable, tenant: UUID, keys: Keys) -> None:
        self._table = table
        self._tenant = tenant
        self._keys = keys
        self._items: dict[UUID, dict[int, bytes]] = {}
        self._opened: dict[tuple[UUID, int], bytes] = {}

    def load(self, client_ids: Iterable[UUID]) -> None:
        """Read the keys that are not in the cache yet."""
        wanted = [
            client_id for client_id in dict.fromkeys(client_ids) if client_id not in self._items
        ]
        found = self._table.read(self._tenant, [client_item(client_id) for client_id in wanted])
        for client_id in wanted:
            item = found.get(client_item(client_id))
            if item is not None:
                self._items[client_id] = wrapped_keys(item)

    def create(self, client_ids: Sequence[UUID]) -> None:
        """Create a key of the current generation for each client that has none.

        Cached keys are read again: a key may have been destroyed since, and no document may be sealed under it then.
        """
        self._evict(client_ids)
        for _ in range(_ROUNDS):
            self.load(client_ids)
            missing = [
                client_id for client_id in dict.fromkeys(client_ids) if client_id not in self._items
            ]
            if not missing:
                return
            for start in range(0, len(missing), TRANSACTION_SIZE):
                # Where another request was faster with one of them, the next round reads its key.
                self._put_keys(
                    missing[start : start + TRANSACTION_SIZE],
                    ConditionExpression="attribute_not_exists(tenant)",
                )

    def replace(self, client_ids: Sequence[UUID]) -> None:
        """Replace all keys of each client by one new key of the current generation."""
        self._evict(client_ids)
        once = list(dict.fromkeys(client_ids))
        for start in range(0, len(once), TRANSACTION_SIZE):
            self._put_keys(once[start : start + TRANSACTION_SIZE])

    def key(self, client_id: UUID, generation: int) -> bytes:
        """Return the client's key; raise `ClientShredded` if there is none, `RecordRekeyed` if this generation's key is
        gone.
        """
        known = self._opened.get((client_id, generation))
        if known is not None:
            return known
        self.load([client_id])
        wrapped = self._items.get(client_id)
        if wrapped is None:
            raise ClientShredded(client_id)
        if generation not in wrapped:
            raise RecordRekeyed("the client has another key now")
        key = unwrap(
            self._wrapping_key(generation),
            wrapped[generation],
            self._associated_data(client_id, generation),
        )
        self._opened[client_id, generation] = key
        return key

    def add_current(self, client_id: UUID) -> None:
        """Add a key of the current generation beside the older key; of two writers, the second finds the first one's
        key.
        """
        generation = self._keys.current
        if generation in self._items.get(client_id, {}):
            return
        item = self._table.update(
            self._tenant,
            client_item(client_id),
            f"SET {_PREFIX}{generation} = if_not_exists({_PREFIX}{generation}, :key)",
            "attribute_exists(tenant)",
            {":key": {"B": self._new_wrapped_key(client_id, generation)}},
        )
        if item is None:
            raise ClientShredded(client_id)
        self._items[client_id] = wrapped_keys(item)

    def delete_older(self, client_id: UUID) -> None:
        """Delete the keys before the current generation's, if the current one is there."""
        current = self._keys.current
        older = [
            generation for generation in self._items.get(client_id, {}) if generation < current
        ]
        if not older:
            return
        item = self._table.update(
            self._tenant,
            client_item(client_id),
            "REMOVE " + ", ".join(f"{_PREFIX}{generation}" for generation in older),
            f"attribute_exists({_PREFIX}{current})",
            {},
        )
        if item is not None:
            self._items[client_id] = wrapped_keys(item)
            for generation in older:
                self._opened.pop((client_id, generation), None)

    def _evict(self, client_ids: Sequence[UUID]) -> None:
        for client_id in client_ids:
            for generation in self._items.pop(client_id, {}):
                self._opened.pop((client_id, generation), None)

    def _put_keys(self, client_ids: Sequence[UUID], **condition: str) -> None:
        generation = self._keys.current
        new = {client_id: self._new_wrapped_key(client_id, generation) for client_id in client_ids}
        writes = [
            self._table.put(
                self._tenant,
                client_item(client_id),
                {f"{_PREFIX}{generation}": {"B": key}},
                **condition,
            )
            for client_id, key in new.items()
        ]
        if self._table.transact(*writes):
            self._items |= {client_id: {generation: key} for client_id, key in new.items()}

    def _new_wrapped_key(self, client_id: UUID, generation: int) -> bytes:
        bound_to = self._associated_data(client_id, generation)
        return wrap(self._wrapping_key(generation), new_key(), bound_to)

    def _wrapping_key(self, generation: int) -> bytes:
        return derive(self._keys.generations[generation].root, "crm client keys")

    def _associated_data(self, client_id: UUID, generation: int) -> bytes:
        return length_prefixed("crm client key", self._tenant.hex, client_id.hex, generation)


def wrapped_keys(item: dict[str, Any]) -> dict[int, bytes]:
    """Return the wrapped keys of a client's item, by generation."""
    return {
        int(name.removeprefix(_PREFIX)): value["B"]
        for name, value in item.items()
        if name.startswith(_PREFIX)
    }
