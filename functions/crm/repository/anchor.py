"""Where a book's trail had come to, noted in the key table as well.

The chain's own end stands beside it in PostgreSQL: whoever may write there can cut entries off and put the end back.
To hide it now they must be able to write to both stores.
"""

from uuid import UUID

from crm.vault.table import KeyTable

_ITEM = "trail"


class Anchor:
    """One book's note."""

    def __init__(self, table: KeyTable, provider_id: UUID) -> None:
        self._table = table
        self._provider_id = provider_id

    def remember(self, length: int, last_hash: bytes) -> None:
        """Note how long the trail is and what it ends in; one that came to more is left as it is."""
        self._table.update(
            self._provider_id,
            _ITEM,
            "SET trail_length = :length, trail_hash = :hash",
            "attribute_not_exists(trail_length) OR trail_length < :length",
            {":length": {"N": str(length)}, ":hash": {"B": last_hash}},
        )

    def recall(self) -> tuple[int, bytes] | None:
        """Return what was noted the last time, None where nothing was."""
        item = self._table.read(self._provider_id, [_ITEM]).get(_ITEM)
        return (int(item["trail_length"]["N"]), bytes(item["trail_hash"]["B"])) if item else None
