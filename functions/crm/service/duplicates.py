"""Entries that may be one person."""

from dataclasses import dataclass
from uuid import UUID

from crm.domain.clients import Client
from crm.domain.duplicates import connected_groups
from crm.repository.clients import ClientRepository
from crm.repository.duplicates import shared_tokens
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.pagination import decode_cursor, encode_cursor

SHOWN = 10
"""Of one group: a switchboard's number may be in hundreds of entries."""


@dataclass(frozen=True, slots=True)
class DuplicateClients:
    """Clients who share what one person has: how many, and the first ones of them."""

    shared_by: list[str]
    count: int
    clients: list[Client]


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    """Some of the groups, and where the next ones begin."""

    items: list[DuplicateClients]
    next_cursor: str | None


def find_duplicate_clients(
    context: UnlockedContext, cursor: str | None, limit: int
) -> DuplicatePage:
    """Return some groups, by the lowest id in each: merging one does not move the others."""
    after = _after(cursor) if cursor else None
    found = [
        one
        for one in connected_groups(
            (shared.kind, shared.client_ids)
            for shared in shared_tokens(context.work, context.provider_id)
        )
        if after is None or one.client_ids[0] > after
    ]
    some = found[:limit]
    shown = {client_id for one in some for client_id in one.client_ids[:SHOWN]}
    opened = {
        one.id: one
        for one in ClientRepository(context.work, context.vault).get_many_or_placeholder(shown)
    }
    items = [
        DuplicateClients(
            one.shared_by,
            len(one.client_ids),
            [opened[client_id] for client_id in one.client_ids[:SHOWN] if client_id in opened],
        )
        for one in some
    ]
    if len(found) <= limit:
        return DuplicatePage(items, None)
    return DuplicatePage(items, encode_cursor({"id": str(some[-1].client_ids[0])}))


def _after(cursor: str) -> UUID:
    try:
        return UUID(str(decode_cursor(cursor, {"id": str})["id"]))
    except ValueError as error:
        raise Invalid(
            "cursor", "This cursor is not one of ours: start again from the first page.",
            field="cursor",
        ) from error  # fmt: skip
