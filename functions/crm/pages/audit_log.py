"""What happened to the book, and whether anybody tampered with what was written down."""

from typing import Any
from urllib.parse import urlencode

from fastapi.responses import Response

from crm.domain.audit_log import Happening, TrailAction, said
from crm.pages.context import AtHall, Hall, page_router
from crm.pages.labels import chosen
from crm.service.audit_log import audit_page
from kit.errors import Invalid
from kit.pages import Form

router = page_router("/audit")
PER_PAGE = 50
# Counts and reasons that a person understands; ids say nothing to her.
_WORDS = {
    "clients": "people", "visits": "visits", "tasks": "tasks", "rows": "rows", "part": "part",
    "held": "held", "created": "new", "updated": "added to", "refused": "not taken",
    "unreadable": "unreadable", "during": "during", "reason": "reason", "kind": "kind",
    "generation": "keys no.", "until": "until",
}  # fmt: skip


@router.get("")
async def audit(hall: AtHall) -> Response:
    """Show it, the latest first; in every state of the book."""
    asked = hall.request.query_params
    action = chosen(TrailAction, asked.get("action"))
    cursor = asked.get("cursor") or None
    try:
        page = audit_page(hall.door.trail, action, cursor, PER_PAGE)
    except Invalid:
        return hall.see("/audit")
    kept = {"action": action.value} if action else {}
    more = urlencode(kept | {"cursor": page.next_cursor or ""})
    return hall.show(
        "audit.html",
        heading="What happened",
        form=Form(kept),
        actions_of_it=[(one.value, said(one)) for one in sorted(TrailAction, key=said)],
        intact=page.intact,
        broken_at=page.broken_at,
        rows=[_row(hall, one) for one in page.items],
        narrowed=bool(kept),
        next_url=f"{hall.path}/audit?{more}" if page.next_cursor else "",
    )


def _row(hall: Hall, one: Happening) -> dict[str, Any]:
    return {
        "number": one.sequence,
        "said": said(one.action),
        "when": hall.when(one.at),
        "machine": one.at.isoformat(),
        "here": one.session_id == hall.door.stay.id,
        "network": one.network,
        "detail": ", ".join(_details(one)),
    }


def _details(one: Happening) -> list[str]:
    return [
        f"{_WORDS[name]}: {value}"
        for name, value in one.detail.items()
        if name in _WORDS and name != "until" and value not in (0, None, "")
    ]
