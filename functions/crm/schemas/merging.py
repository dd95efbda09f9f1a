"""Duplicates and merges, as the API takes and shows them."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from crm.domain.merging import Merge
from crm.schemas.clients import ClientView
from crm.schemas.fields import Cursor, Limit, Version
from crm.service.duplicates import DuplicatePage
from kit.http import Request, Response


class DuplicatesQuery(Request):
    """Which of the groups."""

    cursor: Cursor | None = None
    limit: Limit = 20


class DuplicatesView(Response):
    """Clients who share what one person has."""

    shared_by: list[str] = Field(
        description="Any of `account`, `email`, `import` (a row of a list) and `phone`."
    )
    count: int
    clients: list[ClientView] = Field(description="The first ten of them.")


class DuplicatesPage(Response):
    """Some of the groups."""

    items: list[DuplicatesView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: DuplicatePage) -> "DuplicatesPage":
        """Return a page of the list."""
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
    """Who goes into the client of the address, who was read at `version`."""

    absorbed_id: UUID
    version: Version


class MergeView(Response):
    """That an entry went into this one."""

    id: UUID
    merged_at: datetime
    was: ClientView = Field(description="What it was; it is not in the book any more.")
    moved: dict[str, int] = Field(description="How many rows came with it, by table.")


class MergesView(Response):
    """Who went into a client, the latest first."""

    items: list[MergeView]

    @classmethod
    def from_domain(cls, merges: list[Merge]) -> "MergesView":
        """Return the list as it is shown."""
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
