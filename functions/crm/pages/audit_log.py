"""The audit log page, with its check for tampering."""

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
# Labels of the counts and reasons in an entry; ids are not shown.
_DETAIL_LABELS = {
    "clients": "clients", "visits": "visits", "tasks": "tasks", "rows": "rows", "part": "part",
    "held": "under a legal hold", "created": "created", "updated": "updated", "refused": "skipped",
    "unreadable": "unreadable", "during": "during", "reason": "reason", "kind": "kind",
    "generation": "key version", "until": "until",
}  # fmt: skip


@router.get("")
async def audit(context: LockAwarePageDep) -> Response:
    """Show the entries, the latest first; works in every state."""
    query = context.request.query_params
    action = parse_enum(AuditAction, query.get("action"))
    cursor = query.get("cursor") or None
    try:
        page = audit_page(context.access.audit_log, action, cursor, PER_PAGE)
    except Invalid:
        return context.redirect("/audit")
    filters = {"action": action.value} if action else {}
    next_query = urlencode(filters | {"cursor": page.next_cursor or ""})
    return context.render(
        "audit_log.html",
        heading="Activity log",
        form=Form(filters),
        action_options=[
            (entry.value, audit_label(entry)) for entry in sorted(AuditAction, key=audit_label)
        ],
        intact=page.intact,
        broken_at=page.broken_at,
        rows=[_row(context, entry) for entry in page.items],
        is_filtered=bool(filters),
        next_url=f"{context.path}/audit?{next_query}" if page.next_cursor else "",
    )


def _row(context: LockAwarePageContext, entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.sequence,
        "label": audit_label(entry.action),
        "when": context.format_datetime(entry.at),
        "machine": entry.at.isoformat(),
        "is_this_session": entry.session_id == context.access.session.id,
        "network": entry.network,
        "detail": ", ".join(_details(entry)),
    }


def _details(entry: AuditEntry) -> list[str]:
    return [
        f"{_DETAIL_LABELS[name]}: {value}"
        for name, value in entry.detail.items()
        if name in _DETAIL_LABELS and name != "until" and value not in (0, None, "")
    ]
