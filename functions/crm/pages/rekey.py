"""The progress page of the re-encryption under the newest keys."""

from fastapi.responses import Response

from crm.dependencies import rekey_job
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.service.rekey import RekeyProgress
from kit.i18n import gettext as _

router = page_router("/settings/encryption/keys")
PATH = "/settings/encryption/keys"
PER_REFRESH = 40
"""Clients per refresh, while the page refreshes itself."""
_REFRESH_SECONDS = 4
"""Seconds between refreshes."""


@router.get("")
async def progress_page(context: UnlockedPageDep) -> Response:
    """Show the progress; with `going=on`, re-encrypt some more clients on each refresh."""
    job = rekey_job(context.unlocked, context.provider)
    is_running = context.request.query_params.get("going") == "on"
    progress = job.process_batch(PER_REFRESH) if is_running else job.progress()
    is_running = is_running and _clients_to_do(progress) > 0
    # A page that refreshes itself keeps a session awake: only on request, and no longer than there is work.
    headers = (
        {"refresh": f"{_REFRESH_SECONDS}; url={context.path}{PATH}?going=on"} if is_running else {}
    )
    return context.render(
        "rekey.html",
        heading=_("Re-encryption"),
        progress=progress,
        waiting=_clients_to_do(progress),
        is_running=is_running,
        headers=headers,
    )


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def resume(context: UnlockedPageDep) -> Response:
    """Re-encrypt as much as one response has time for, and go on refreshing."""
    progress = rekey_job(context.unlocked, context.provider).process_batch()
    is_running = "?going=on" if _clients_to_do(progress) else ""
    return _redirect(context, is_running)


def _redirect(context: UnlockedPageContext, is_running: str) -> Response:
    return context.redirect(f"{PATH}{is_running}")


def _clients_to_do(progress: RekeyProgress) -> int:
    return max(0, progress.clients_left - progress.unreadable)
