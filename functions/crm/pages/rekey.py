"""How far it is to seal everything under the newest keys."""

from fastapi.responses import Response

from crm.dependencies import rekey_job
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.service.rekey import RekeyProgress

router = page_router("/settings/encryption/keys")
HERE = "/settings/encryption/keys"
A_LOOK = 40
"""Clients with each look, while the page goes on by itself."""
_EVERY = 4
"""Seconds between looks."""


@router.get("")
async def progress_page(context: UnlockedPageDep) -> Response:
    """Show how far it is; told to, do some more of it with each look."""
    job = rekey_job(context.unlocked, context.page.provider)
    going = context.request.query_params.get("going") == "on"
    progress = job.process_batch(A_LOOK) if going else job.progress()
    going = going and _waiting(progress) > 0
    # A page that asks again by itself keeps a session awake: only when told to, and no longer than there is work.
    headers = {"refresh": f"{_EVERY}; url={context.path}{HERE}?going=on"} if going else {}
    return context.render(
        "rekeying.html",
        heading="Sealing under new keys",
        progress=progress,
        waiting=_waiting(progress),
        going=going,
        headers=headers,
    )


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def go_on(context: UnlockedPageDep) -> Response:
    """Do as much as an answer has time for, and go on from there."""
    progress = rekey_job(context.unlocked, context.page.provider).process_batch()
    going = "?going=on" if _waiting(progress) else ""
    return _see(context, going)


def _see(context: UnlockedPageContext, going: str) -> Response:
    return context.redirect(f"{HERE}{going}")


def _waiting(progress: RekeyProgress) -> int:
    return max(0, progress.clients_left - progress.unreadable)
