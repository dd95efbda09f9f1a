"""JSON schemas of duplicates and merges."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from crm.domain.merging import Merge
from crm.schemas.clients import ClientView
from crm.schemas.fields import Cursor, Limit, Version
from crm.service.duplicates import DuplicatePage
from kit.http import Request, Response


class DuplicatesQuery(Request):
    """Query parameters of the duplicates list."""

    cursor: Cursor | None = None
    limit: Limit = 20


class DuplicatesView(Response):
    """Group of clients that share contact data."""

    shared_by: list[str] = Field(
        description="Any of `account`, `email`, `import` (the key of an import row) and `phone`."
    )
    count: int
    clients: list[ClientView] = Field(description="The first ten clients of the group.")


class DuplicatesPage(Response):
    """Page of duplicate groups."""

    items: list[DuplicatesView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: DuplicatePage) -> "DuplicatesPage":
        """Return the view of a page."""
        items = [
            DuplicatesView(
                shared_by=one.shared_by,
                count=one.count,
                clients=[ClientView.from_domain(client) for client in one.clients],
            )
            for one in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor)


class MergeBody(Request):
    """Request to merge another client into the client of the address, which was read at `version`."""

    absorbed_id: UUID
    version: Version


class MergeView(Response):
    """Merge of another client into this one."""

    id: UUID
    merged_at: datetime
    was: ClientView = Field(description="The merged client, which no longer exists.")
    moved: dict[str, int] = Field(description="Number of moved rows per table.")


class MergesView(Response):
    """Merges into a client, the latest first."""

    items: list[MergeView]

    @classmethod
    def from_domain(cls, merges: list[Merge]) -> "MergesView":
        """Return the view of the merges."""
        return cls(
            items=[
                MergeView(
                    id=one.id,
                    merged_at=one.merged_at,
                    was=ClientView.from_domain(one.absorbed),
                    moved=one.moved,
                )
                for one in merges
            ]
        )
