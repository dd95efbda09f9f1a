"""What people in the book are marked with."""

from fastapi import Depends

from crm.dependencies import AtDesk, limit_writes
from crm.routes.router_base import book_router
from crm.schemas.tags import RenamedView, RenameTag, TagsView
from crm.service.tags import TagBook

router = book_router("/tags")


@router.get("")
async def list_tags(desk: AtDesk) -> TagsView:
    """Return the tags, the most used first."""
    return TagsView.of(TagBook(desk).all())


@router.post("/rename", dependencies=[Depends(limit_writes)])
async def rename_tag(body: RenameTag, desk: AtDesk) -> RenamedView:
    """Call a tag something else, with 200 clients at a time."""
    return RenamedView.of(TagBook(desk).rename(body.tag, body.to, body.after))
