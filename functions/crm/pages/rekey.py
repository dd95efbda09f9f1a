"""How far it is to seal everything under the newest keys."""

from fastapi.responses import Response

from crm.dependencies import rekey_of
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.service.rekey import Progress

router = page_router("/settings/encryption/keys")
HERE = "/settings/encryption/keys"
A_LOOK = 40
"""Clients with each look, while the page goes on by itself."""
_EVERY = 4
"""Seconds between looks."""


@router.get("")
async def progress_page(sheet: AtSheet) -> Response:
    """Show how far it is; told to, do some more of it with each look."""
    job = rekey_of(sheet.desk, sheet.frame.room)
    going = sheet.request.query_params.get("going") == "on"
    progress = job.go_on(A_LOOK) if going else job.progress()
    going = going and _waiting(progress) > 0
    # A page that asks again by itself keeps a session awake: only when told to, and no longer than there is work.
    headers = {"refresh": f"{_EVERY}; url={sheet.path}{HERE}?going=on"} if going else {}
    return sheet.show(
        "rekeying.html",
        heading="Sealing under new keys",
        progress=progress,
        waiting=_waiting(progress),
        going=going,
        headers=headers,
    )


@router.post("", dependencies=WRITES)
async def go_on(sheet: AtSheet) -> Response:
    """Do as much as an answer has time for, and go on from there."""
    progress = rekey_of(sheet.desk, sheet.frame.room).go_on()
    going = "?going=on" if _waiting(progress) else ""
    return _see(sheet, going)


def _see(sheet: Sheet, going: str) -> Response:
    return sheet.see(f"{HERE}{going}")


def _waiting(progress: Progress) -> int:
    return max(0, progress.clients_left - progress.unreadable)
