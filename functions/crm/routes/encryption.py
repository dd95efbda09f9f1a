"""API of the workspace's state: unlock, lock, passphrase, keys, deletion and recreation."""

from fastapi import Depends, Response

from crm.dependencies import ProviderDep, Slug, UnlockedDep, VaultAccessDep, limit_writes, rekey_job
from crm.routes.router_base import crm_router
from crm.schemas.encryption import (
    ChangePassphraseBody,
    ConfirmBody,
    ConfirmedPassphraseBody,
    DeletedWorkspaceView,
    DisableView,
    EncryptionView,
    LockAllView,
    PassphraseBody,
    RecoverBody,
    RecoveryCodeView,
    RekeyView,
    UnlockBody,
    UnlockedView,
    UnlockedWithCodeView,
)
from crm.service import delete_workspace
from crm.service.encryption import EncryptionService
from crm.service.unlock import UnlockService
from crm.service.workspace_state import workspace_state

router = crm_router("")
_WRITES = [Depends(limit_writes)]


@router.get("/encryption")
async def read_encryption(access: VaultAccessDep, slug: Slug) -> EncryptionView:
    """Return the state of the workspace; works in every state."""
    return EncryptionView.from_domain(workspace_state(access), slug)


@router.post("/unlock", dependencies=_WRITES)
async def unlock_workspace(body: UnlockBody, access: VaultAccessDep) -> UnlockedView:
    """Unlock the workspace for this session; 422 `wrong-passphrase`, 429 after five attempts."""
    return UnlockedView.from_domain(UnlockService(access).unlock(body.passphrase, body.minutes))


@router.post("/lock", status_code=204, dependencies=_WRITES)
async def lock_workspace(access: VaultAccessDep) -> Response:
    """Lock the workspace for this session."""
    UnlockService(access).lock()
    return Response(status_code=204)


@router.post("/lock-all", dependencies=_WRITES)
async def lock_everywhere(access: VaultAccessDep) -> LockAllView:
    """Lock the workspace for every session; the sessions themselves go on."""
    return LockAllView(locked=UnlockService(access).lock_all())


@router.post("/encryption/enable", dependencies=_WRITES)
async def enable_passphrase(
    body: ConfirmedPassphraseBody, access: VaultAccessDep
) -> UnlockedWithCodeView:
    """Set a passphrase; the recovery code is shown here and never again."""
    enabled = EncryptionService(access).enable(body.passphrase, body.confirm)
    return UnlockedWithCodeView.with_code(enabled.grant, enabled.recovery_code)


@router.post("/encryption/disable", dependencies=_WRITES)
async def disable_passphrase(
    body: ConfirmedPassphraseBody, access: VaultAccessDep, response: Response
) -> DisableView:
    """Request the removal of the passphrase (202); once it is due, the same request removes it (200)."""
    due = EncryptionService(access).disable(body.passphrase, body.confirm)
    response.status_code = 200 if due is None else 202
    return DisableView(done=due is None, due_at=due)


@router.delete("/encryption/disable", status_code=204, dependencies=_WRITES)
async def cancel_disable_passphrase(access: VaultAccessDep) -> Response:
    """Cancel the removal of the passphrase; works while locked."""
    EncryptionService(access).cancel_disable()
    return Response(status_code=204)


@router.post("/encryption/passphrase", dependencies=_WRITES)
async def change_passphrase(body: ChangePassphraseBody, access: VaultAccessDep) -> UnlockedView:
    """Change the passphrase; every other unlocked session is locked."""
    return UnlockedView.from_domain(
        EncryptionService(access).change(body.current, body.new_passphrase)
    )


@router.post("/encryption/recover", dependencies=_WRITES)
async def recover_workspace(body: RecoverBody, access: VaultAccessDep) -> UnlockedWithCodeView:
    """Unlock by the recovery code, with a new passphrase and a new code from now on."""
    recovered = UnlockService(access).recover(body.code, body.new_passphrase)
    return UnlockedWithCodeView.with_code(recovered.grant, recovered.recovery_code)


@router.post("/encryption/recovery-code", dependencies=_WRITES)
async def renew_recovery_code(body: PassphraseBody, access: VaultAccessDep) -> RecoveryCodeView:
    """Return a new recovery code; the previous one stops working."""
    return RecoveryCodeView(
        recovery_code=EncryptionService(access).new_recovery_code(body.passphrase)
    )


@router.post("/encryption/rotate", dependencies=_WRITES)
async def rotate_keys(access: VaultAccessDep, slug: Slug) -> EncryptionView:
    """Create new keys; every record is re-encrypted in the background."""
    EncryptionService(access).rotate()
    return EncryptionView.from_domain(workspace_state(access), slug)


@router.post("/encryption/rekey", dependencies=_WRITES)
async def rekey_workspace(unlocked: UnlockedDep, provider: ProviderDep) -> RekeyView:
    """Re-encrypt up to 200 more clients under the newest keys, and return the progress."""
    return RekeyView.from_domain(rekey_job(unlocked, provider).process_batch())


@router.delete("/workspace", dependencies=_WRITES)
async def delete_whole_workspace(body: ConfirmBody, access: VaultAccessDep) -> DeletedWorkspaceView:
    """Delete the workspace, keys and rows; 409 `legal-hold` if data must stay."""
    return DeletedWorkspaceView(clients=delete_workspace.delete_workspace(access, body.confirm))


@router.post("/workspace", status_code=204, dependencies=_WRITES)
async def create_workspace(body: ConfirmBody, access: VaultAccessDep) -> Response:
    """Create an empty workspace in place of a deleted one."""
    delete_workspace.recreate_workspace(access, body.confirm)
    return Response(status_code=204)
