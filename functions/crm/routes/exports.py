"""Export and clearing of a workspace, as the API serves them."""

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
_ARCHIVE_RESPONSE: dict[str, Any] = {
    "description": "An archive",
    "content": {"application/octet-stream": {}},
    "headers": {
        "x-export-part": {"description": "Number of the part.", "schema": {"type": "integer"}},
        "x-next-part": {
            "description": "`part` of the next request, if there is a next part.",
            "schema": {"type": "string"},
        },
    },
}
_SCRIPT_RESPONSE: dict[str, Any] = {
    "description": "A Python program",
    "content": {"text/x-python": {}},
}
# Read, not imported: the script runs elsewhere, and no cold start should wait for it.
_SCRIPT = Path(__file__).parents[1] / "offline" / "decrypt_export.py"


@router.post(
    "/export", dependencies=_WRITES, response_class=Response, responses={200: _ARCHIVE_RESPONSE}
)
async def export_workspace(
    body: ExportBody,
    slug: Slug,
    provider: ProviderDep,
    access: VaultAccessDep,
    unlocked: UnlockedDep,
) -> Response:
    """Return a part of the workspace as an archive; `x-next-part` is the `part` of the next one, if there is one."""
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


@router.get("/export/decryptor", response_class=Response, responses={200: _SCRIPT_RESPONSE})
async def read_decryptor(provider: ProviderDep) -> Response:
    """Return the script that decrypts an archive offline."""
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
    """Delete all clients; type `delete all clients of {slug}`.

    409 `legal-hold` if the workspace is under a legal hold.
    """
    require_reauthentication(access, unlocked, body.passphrase, during="clear")
    return ClearView.from_domain(clear_workspace(unlocked, key_deletion, slug, body.confirm))
