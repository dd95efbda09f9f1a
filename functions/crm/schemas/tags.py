"""JSON schemas of tags."""

from uuid import UUID

from pydantic import Field

from crm.schemas.fields import Tag
from crm.service.tags import RenameResult
from crm.service.tags import Tag as CountedTag
from kit.http import Request, Response


class RenameTag(Request):
    """Request to rename a tag."""

    tag: Tag
    to: Tag
    after: UUID | None = Field(None, description="`nextAfter` of the previous response.")


class TagView(Response):
    """Tag, and the number of clients with it that are not archived."""

    tag: str
    clients: int


class TagsView(Response):
    """The most used tags, at most 500."""

    items: list[TagView]

    @classmethod
    def from_domain(cls, tags: list[CountedTag]) -> "TagsView":
        """Return the view of the list."""
        return cls(items=[TagView(tag=one.tag, clients=one.clients) for one in tags])


class RenamedView(Response):
    """Number of changed clients; `nextAfter` is set if there are more: send it again, until it is null."""

    changed: int
    next_after: UUID | None

    @classmethod
    def from_domain(cls, renamed: RenameResult) -> "RenamedView":
        """Return the view of the result."""
        return cls(changed=renamed.changed, next_after=renamed.next_after)
