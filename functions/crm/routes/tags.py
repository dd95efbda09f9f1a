"""API of tags."""

from fastapi import Depends

from crm.dependencies import UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.tags import RenamedView, RenameTag, TagsView
from crm.service.tags import TagService

router = crm_router("/tags")


@router.get("")
async def list_tags(unlocked: UnlockedDep) -> TagsView:
    """Return the tags, the most used first."""
    return TagsView.from_domain(TagService(unlocked).list())


@router.post("/rename", dependencies=[Depends(limit_writes)])
async def rename_tag(body: RenameTag, unlocked: UnlockedDep) -> RenamedView:
    """Rename a tag, for 200 clients per request."""
    return RenamedView.from_domain(TagService(unlocked).rename(body.tag, body.to, body.after))
