"""What leaves a book, and a book that is emptied."""

from pathlib import Path
from typing import Any

from fastapi import Depends, Response

from crm.dependencies import (
    KeyDeletionDep,
    ProviderDep,
    Slug,
    UnlockedDep,
    VaultAccessDep,
    limit_writes,
)
from crm.domain.passphrases import check_passphrase
from crm.routes.router_base import crm_router
from crm.schemas.exports import ClearBody, ClearView, ExportBody
from crm.service.clear_workspace import clear_workspace
from crm.service.exports import ExportService
from crm.service.reauthentication import require_reauthentication

router = crm_router("")
_WRITES = [Depends(limit_writes)]
_ARCHIVE: dict[str, Any] = {
    "description": "An archive",
    "content": {"application/octet-stream": {}},
    "headers": {
        "x-export-part": {"description": "Which part it is.", "schema": {"type": "integer"}},
        "x-next-part": {
            "description": "`part` of the next request, if there is one.",
            "schema": {"type": "string"},
        },
    },
}
_PROGRAM: dict[str, Any] = {"description": "A Python program", "content": {"text/x-python": {}}}
# Read, not imported: it runs elsewhere, and no cold start should wait for it.
_SCRIPT = Path(__file__).parents[1] / "offline" / "decrypt_export.py"


@router.post("/export", dependencies=_WRITES, response_class=Response, responses={200: _ARCHIVE})
async def export_book(
    body: ExportBody,
    slug: Slug,
    provider: ProviderDep,
    access: VaultAccessDep,
    unlocked: UnlockedDep,
) -> Response:
    """Return a part of the book as an archive; `x-next-part` is the `part` of the next one, if there is one."""
    check_passphrase(body.export_passphrase, slug=slug, field="exportPassphrase")
    require_reauthentication(access, unlocked, body.passphrase, during="export")
    archive = ExportService(unlocked, provider.audit_log).next_part(
        body.export_passphrase, body.part
    )
    headers = {
        "content-disposition": f'attachment; filename="{archive.file_name(unlocked.now())}"',
        "x-export-part": str(archive.part),
        "cache-control": "no-store",
    }
    if archive.next_part:
        headers["x-next-part"] = archive.next_part
    return Response(archive.content, media_type="application/octet-stream", headers=headers)


@router.get("/export/decryptor", response_class=Response, responses={200: _PROGRAM})
async def read_decryptor(provider: ProviderDep) -> Response:
    """Return the one file that opens an archive without us."""
    _ = provider
    return Response(
        _SCRIPT.read_bytes(),
        media_type="text/x-python",
        headers={"content-disposition": 'attachment; filename="decrypt_export.py"'},
    )


@router.delete("/clients", dependencies=_WRITES)
async def clear_clients(
    body: ClearBody,
    slug: Slug,
    access: VaultAccessDep,
    unlocked: UnlockedDep,
    key_deletion: KeyDeletionDep,
) -> ClearView:
    """Forget every client; type `empty {slug}`. 409 `legal-hold` where the book must stay."""
    require_reauthentication(access, unlocked, body.passphrase, during="clear")
    return ClearView.from_domain(clear_workspace(unlocked, key_deletion, slug, body.confirm))
