"""The audit log page, with its check for tampering."""

from typing import Any

from fastapi.responses import Response

from crm.domain.audit_log import AuditAction, AuditEntry, audit_label
from crm.pages.context import LockAwarePageContext, LockAwarePageDep, page_router
from crm.pages.labels import parse_enum
from crm.pages.record_list import render_record_list
from crm.service.audit_log import audit_page
from kit import formats
from kit.i18n import N_
from kit.i18n import gettext as _

router = page_router("/audit")
PER_PAGE = 50
# Labels of the counts and reasons in an entry; ids are not shown.
_DETAIL_LABELS = {
    "clients": N_("clients"), "visits": N_("visits"), "tasks": N_("tasks"), "rows": N_("rows"), "part": N_("part"),
    "held": N_("under a legal hold"), "created": N_("created"), "updated": N_("updated"), "refused": N_("skipped"),
    "unreadable": N_("unreadable"), "during": N_("during"), "reason": N_("reason"), "kind": N_("kind"),
    "generation": N_("key version"), "until": N_("until"),
}  # fmt: skip

_VALUE_LABELS = {
    "enable": N_("setting a passphrase"),
    "disable": N_("removing the passphrase"),
    "change": N_("changing the passphrase"),
    "recovery-code": N_("new recovery code"),
    "unlock": N_("unlocking"),
    "recover": N_("unlocking with the recovery code"),
    "export": N_("export"),
    "clear": N_("deleting all clients"),
    "account-closed": N_("account closed"),
    "after-restore": N_("after a restore"),
    "archive": N_("archive"),
    "clients": N_("list of clients"),
}
"""Labels of the values of `during`, `reason` and `kind`."""


@router.get("")
async def audit(context: LockAwarePageDep) -> Response:
    """Show the entries, the latest first; works in every state."""
    action = parse_enum(AuditAction, context.request.query_params.get("action"))
    return render_record_list(
        context,
        "audit_log.html",
        "/audit",
        filters={"action": action},
        load_page=lambda cursor: audit_page(context.access.audit_log, action, cursor, PER_PAGE),
        view=lambda page: {
            "heading": _("Activity log"),
            "action_options": [
                (entry.value, _(audit_label(entry)))
                for entry in sorted(AuditAction, key=lambda entry: _(audit_label(entry)))
            ],
            "intact": page.intact,
            "broken_at": page.broken_at,
            "rows": [_row(context, entry) for entry in page.items],
        },
    )


def _row(context: LockAwarePageContext, entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.sequence,
        "label": _(audit_label(entry.action)),
        "when": context.format_datetime(entry.at),
        "machine": entry.at.isoformat(),
        "is_this_session": entry.session_id == context.access.session.id,
        "network": entry.network,
        "detail": ", ".join(_details(entry)),
    }


def _details(entry: AuditEntry) -> list[str]:
    return [
        _("%(label)s: %(value)s", label=_(_DETAIL_LABELS[name]), value=_value(value))
        for name, value in entry.detail.items()
        if name in _DETAIL_LABELS and name != "until" and value not in (0, None, "")
    ]


def _value(value: object) -> str:
    if isinstance(value, int):
        return formats.format_number(value)
    return _(_VALUE_LABELS.get(str(value), str(value)))
