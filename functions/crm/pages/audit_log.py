"""What happened to the book, and whether anybody tampered with what was written down."""

from typing import Any
from urllib.parse import urlencode

from fastapi.responses import Response

from crm.domain.audit_log import AuditAction, AuditEntry, audit_label
from crm.pages.context import LockAwarePageContext, LockAwarePageDep, page_router
from crm.pages.labels import parse_enum
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
async def audit(context: LockAwarePageDep) -> Response:
    """Show it, the latest first; in every state of the book."""
    asked = context.request.query_params
    action = parse_enum(AuditAction, asked.get("action"))
    cursor = asked.get("cursor") or None
    try:
        page = audit_page(context.access.audit_log, action, cursor, PER_PAGE)
    except Invalid:
        return context.redirect("/audit")
    stored = {"action": action.value} if action else {}
    more = urlencode(stored | {"cursor": page.next_cursor or ""})
    return context.render(
        "audit.html",
        heading="What happened",
        form=Form(stored),
        actions_of_it=[
            (one.value, audit_label(one)) for one in sorted(AuditAction, key=audit_label)
        ],
        intact=page.intact,
        broken_at=page.broken_at,
        rows=[_row(context, one) for one in page.items],
        narrowed=bool(stored),
        next_url=f"{context.path}/audit?{more}" if page.next_cursor else "",
    )


def _row(context: LockAwarePageContext, one: AuditEntry) -> dict[str, Any]:
    return {
        "number": one.sequence,
        "said": audit_label(one.action),
        "when": context.format_datetime(one.at),
        "machine": one.at.isoformat(),
        "here": one.session_id == context.access.session.id,
        "network": one.network,
        "detail": ", ".join(_details(one)),
    }


def _details(one: AuditEntry) -> list[str]:
    return [
        f"{_WORDS[name]}: {value}"
        for name, value in one.detail.items()
        if name in _WORDS and name != "until" and value not in (0, None, "")
    ]
