"""Duplicate clients, found by shared contact data."""

from dataclasses import dataclass
from uuid import UUID

from crm.domain.clients import Client
from crm.domain.duplicates import connected_groups
from crm.repository.clients import ClientRepository
from crm.repository.duplicates import list_shared_values
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.pagination import decode_cursor, encode_cursor

MAX_CLIENTS_PER_GROUP = 10
"""Clients shown per group: the number of a switchboard may be in hundreds of records."""


@dataclass(frozen=True, slots=True)
class DuplicateClients:
    """Group of clients that share contact data: their number, and the first of them."""

    shared_by: list[str]
    count: int
    clients: list[Client]


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    """Page of duplicate groups, with the cursor of the next page."""

    items: list[DuplicateClients]
    next_cursor: str | None


def find_duplicate_clients(
    context: UnlockedContext, cursor: str | None, limit: int
) -> DuplicatePage:
    """Return a page of groups, ordered by the lowest id in each: merging one group does not move the others."""
    after = _decode_cursor(cursor) if cursor else None
    found = [
        one
        for one in connected_groups(
            (shared.kind, shared.client_ids)
            for shared in list_shared_values(context.work, context.provider_id)
        )
        if after is None or one.client_ids[0] > after
    ]
    page_groups = found[:limit]
    shown_ids = {
        client_id for one in page_groups for client_id in one.client_ids[:MAX_CLIENTS_PER_GROUP]
    }
    clients_by_id = {
        one.id: one
        for one in ClientRepository(context.work, context.vault).get_many_or_placeholder(shown_ids)
    }
    items = [
        DuplicateClients(
            one.shared_by,
            len(one.client_ids),
            [
                clients_by_id[client_id]
                for client_id in one.client_ids[:MAX_CLIENTS_PER_GROUP]
                if client_id in clients_by_id
            ],
        )
        for one in page_groups
    ]
    if len(found) <= limit:
        return DuplicatePage(items, None)
    return DuplicatePage(items, encode_cursor({"id": str(page_groups[-1].client_ids[0])}))


def _decode_cursor(cursor: str) -> UUID:
    try:
        return UUID(str(decode_cursor(cursor, {"id": str})["id"]))
    except ValueError as error:
        raise Invalid(
            "cursor", _("The cursor is not valid. Start again from the first page."),
            field="cursor",
        ) from error  # fmt: skip
