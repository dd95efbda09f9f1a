"""Tags, as the API takes and shows them."""

from uuid import UUID

from pydantic import Field

from crm.schemas.fields import Tag
from crm.service.tags import Renamed
from crm.service.tags import Tag as CountedTag
from kit.http import Request, Response


class RenameTag(Request):
    """A tag, and what it is to be called."""

    tag: Tag
    to: Tag
    after: UUID | None = Field(None, description="`nextAfter` of the answer before.")


class TagView(Response):
    """A tag, and how many clients have it who are not archived."""

    tag: str
    clients: int


class TagsView(Response):
    """The most used tags, 500 at most."""

    items: list[TagView]

    @classmethod
    def from_domain(cls, tags: list[CountedTag]) -> "TagsView":
        """Return the list as it is shown."""
        return cls(items=[TagView(tag=one.tag, clients=one.clients) for one in tags])


class RenamedView(Response):
    """How many clients were changed; with `nextAfter` there are more: send it along, until it is null."""

    changed: int
    next_after: UUID | None

    @classmethod
    def from_domain(cls, renamed: Renamed) -> "RenamedView":
        """Return what was done."""
        return cls(changed=renamed.changed, next_after=renamed.next_after)
