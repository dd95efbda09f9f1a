"""How far it is to seal everything under the newest keys."""

from fastapi.responses import Response

from crm.dependencies import rekey_job
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.service.rekey import RekeyProgress

router = page_router("/settings/encryption/keys")
PATH = "/settings/encryption/keys"
PER_REFRESH = 40
"""Clients with each look, while the page goes on by itself."""
_REFRESH_SECONDS = 4
"""Seconds between looks."""


@router.get("")
async def progress_page(context: UnlockedPageDep) -> Response:
    """Show how far it is; told to, do some more of it with each look."""
    job = rekey_job(context.unlocked, context.page.provider)
    is_running = context.request.query_params.get("going") == "on"
    progress = job.process_batch(PER_REFRESH) if is_running else job.progress()
    is_running = is_running and _clients_to_do(progress) > 0
    # A page that asks again by itself keeps a session awake: only when told to, and no longer than there is work.
    headers = (
        {"refresh": f"{_REFRESH_SECONDS}; url={context.path}{PATH}?going=on"} if is_running else {}
    )
    return context.render(
        "rekeying.html",
        heading="Sealing under new keys",
        progress=progress,
        waiting=_clients_to_do(progress),
        going=is_running,
        headers=headers,
    )


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def resume(context: UnlockedPageDep) -> Response:
    """Do as much as an answer has time for, and go on from there."""
    progress = rekey_job(context.unlocked, context.page.provider).process_batch()
    is_running = "?going=on" if _clients_to_do(progress) else ""
    return _redirect(context, is_running)


def _redirect(context: UnlockedPageContext, is_running: str) -> Response:
    return context.redirect(f"{PATH}{is_running}")


def _clients_to_do(progress: RekeyProgress) -> int:
    return max(0, progress.clients_left - progress.unreadable)
