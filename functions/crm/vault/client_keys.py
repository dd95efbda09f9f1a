"""One random key per client, wrapped under a key of the generation and kept in an item of its own.

Deleting that item makes everything of the client unreadable, wherever copies of the rows may lie. During a re-key an
item holds two keys, `key_1` beside `key_2`, one for each generation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm.vault.errors import ClientShredded, RecordRekeyed
from crm.vault.primitives import derive, length_prefixed, new_key, unwrap, wrap
from crm.vault.table import TRANSACT_AT_ONCE, KeyTable, client_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm.vault.keys import Keys

_PREFIX = "key_"
_ROUNDS = 4


class ClientKeys:
    """The keys of a tenant's clients while its vault is open; what was read once is remembered."""

    def __init__(self, table: KeyTable, tenant: UUID, keys: Keys) -> None:
        self._table = table
        self._tenant = tenant
        self._keys = keys
        self._items: dict[UUID, dict[int, bytes]] = {}
        self._opened: dict[tuple[UUID, int], bytes] = {}

    def load(self, client_ids: Iterable[UUID]) -> None:
        """Read those that were not read yet."""
        wanted = [one for one in dict.fromkeys(client_ids) if one not in self._items]
        found = self._table.read(self._tenant, [client_item(one) for one in wanted])
        for client_id in wanted:
            item = found.get(client_item(client_id))
            if item is not None:
                self._items[client_id] = wrapped_keys(item)

    def create(self, client_ids: Sequence[UUID]) -> None:
        """Make a key of the current generation for each client that has none.

        What was remembered is read anew: it may have been destroyed since, and nothing may be sealed under it then.
        """
        self._let_go(client_ids)
        for _ in range(_ROUNDS):
            self.load(client_ids)
            missing = [one for one in dict.fromkeys(client_ids) if one not in self._items]
            if not missing:
                return
            for start in range(0, len(missing), TRANSACT_AT_ONCE):
                # Where somebody else was faster with one of them, the next round sees theirs.
                self._put(
                    missing[start : start + TRANSACT_AT_ONCE],
                    ConditionExpression="attribute_not_exists(tenant)",
                )

    def renew(self, client_ids: Sequence[UUID]) -> None:
        """Put a new key of the current generation in place of all that each client has."""
        self._let_go(client_ids)
        once = list(dict.fromkeys(client_ids))
        for start in range(0, len(once), TRANSACT_AT_ONCE):
            self._put(once[start : start + TRANSACT_AT_ONCE])

    def key(self, client_id: UUID, generation: int) -> bytes:
        """Return the client's key; raise `ClientShredded` where there is none, `StaleRow` where that one is gone."""
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
        """Put a key of the current generation beside the older one; whoever comes second finds the first one's."""
        generation = self._keys.current
        if generation in self._items.get(client_id, {}):
            return
        item = self._table.update(
            self._tenant,
            client_item(client_id),
            f"SET {_PREFIX}{generation} = if_not_exists({_PREFIX}{generation}, :key)",
            "attribute_exists(tenant)",
            {":key": {"B": self._new(client_id, generation)}},
        )
        if item is None:
            raise ClientShredded(client_id)
        self._items[client_id] = wrapped_keys(item)

    def drop_older(self, client_id: UUID) -> None:
        """Remove the keys before the current generation's, if that one is there."""
        current = self._keys.current
        older = [one for one in self._items.get(client_id, {}) if one < current]
        if not older:
            return
        item = self._table.update(
            self._tenant,
            client_item(client_id),
            "REMOVE " + ", ".join(f"{_PREFIX}{one}" for one in older),
            f"attribute_exists({_PREFIX}{current})",
            {},
        )
        if item is not None:
            self._items[client_id] = wrapped_keys(item)
            for one in older:
                self._opened.pop((client_id, one), None)

    def _let_go(self, client_ids: Sequence[UUID]) -> None:
        for client_id in client_ids:
            for generation in self._items.pop(client_id, {}):
                self._opened.pop((client_id, generation), None)

    def _put(self, client_ids: Sequence[UUID], **condition: str) -> None:
        generation = self._keys.current
        new = {one: self._new(one, generation) for one in client_ids}
        writes = [
            self._table.put(
                self._tenant,
                client_item(one),
                {f"{_PREFIX}{generation}": {"B": key}},
                **condition,
            )
            for one, key in new.items()
        ]
        if self._table.transact(*writes):
            self._items |= {one: {generation: key} for one, key in new.items()}

    def _new(self, client_id: UUID, generation: int) -> bytes:
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
