"""The states of a book: unlocked for a while, locked, under a passphrase or not, sealed anew, destroyed."""

from fastapi import Depends, Response

from crm.dependencies import ProviderDep, Slug, UnlockedDep, VaultAccessDep, limit_writes, rekey_job
from crm.routes.router_base import crm_router
from crm.schemas.encryption import (
    ChangeBody,
    CodeView,
    ConfirmBody,
    ConfirmedBody,
    DisableView,
    EncryptionView,
    PanicView,
    PassphraseBody,
    RecoverBody,
    RekeyView,
    ShreddedView,
    UnlockBody,
    UnlockedView,
    UnlockedWithCode,
)
from crm.service import delete_workspace
from crm.service.encryption import Encryption
from crm.service.unlock import UnlockService
from crm.service.workspace_state import workspace_state

router = crm_router("")
_WRITES = [Depends(limit_writes)]


@router.get("/encryption")
async def read_encryption(access: VaultAccessDep, slug: Slug) -> EncryptionView:
    """Return the state of the book; works in every state."""
    return EncryptionView.from_domain(workspace_state(access), slug)


@router.post("/unlock", dependencies=_WRITES)
async def unlock_book(body: UnlockBody, access: VaultAccessDep) -> UnlockedView:
    """Open the book for this session; 422 `wrong-passphrase`, 429 after five tries."""
    return UnlockedView.from_domain(UnlockService(access).unlock(body.passphrase, body.minutes))


@router.post("/lock", status_code=204, dependencies=_WRITES)
async def lock_book(access: VaultAccessDep) -> Response:
    """Close the book for this session."""
    UnlockService(access).lock()
    return Response(status_code=204)


@router.post("/panic", dependencies=_WRITES)
async def lock_everywhere(access: VaultAccessDep) -> PanicView:
    """Close the book for every session; the sessions themselves go on."""
    return PanicView(locked=UnlockService(access).panic())


@router.post("/encryption/enable", dependencies=_WRITES)
async def enable_passphrase(body: ConfirmedBody, access: VaultAccessDep) -> UnlockedWithCode:
    """Put a passphrase on the book; the recovery code is shown here and never again."""
    enabled = Encryption(access).enable(body.passphrase, body.confirm)
    return UnlockedWithCode.with_code(enabled.grant, enabled.recovery_code)


@router.post("/encryption/disable", dependencies=_WRITES)
async def disable_passphrase(
    body: ConfirmedBody, access: VaultAccessDep, response: Response
) -> DisableView:
    """Ask to take the passphrase off (202); once it is due, the same request takes it off (200)."""
    due = Encryption(access).disable(body.passphrase, body.confirm)
    response.status_code = 200 if due is None else 202
    return DisableView(done=due is None, due_at=due)


@router.delete("/encryption/disable", status_code=204, dependencies=_WRITES)
async def keep_passphrase(access: VaultAccessDep) -> Response:
    """Take back that the passphrase is to go; works while locked."""
    Encryption(access).keep()
    return Response(status_code=204)


@router.post("/encryption/passphrase", dependencies=_WRITES)
async def change_passphrase(body: ChangeBody, access: VaultAccessDep) -> UnlockedView:
    """Change the passphrase; every other unlocked session is locked."""
    return UnlockedView.from_domain(Encryption(access).change(body.current, body.new_passphrase))


@router.post("/encryption/recover", dependencies=_WRITES)
async def recover_book(body: RecoverBody, access: VaultAccessDep) -> UnlockedWithCode:
    """Open the book by the recovery code, with a new passphrase and a new code from now on."""
    recovered = UnlockService(access).recover(body.code, body.new_passphrase)
    return UnlockedWithCode.with_code(recovered.grant, recovered.recovery_code)


@router.post("/encryption/recovery-code", dependencies=_WRITES)
async def renew_recovery_code(body: PassphraseBody, access: VaultAccessDep) -> CodeView:
    """Return a new recovery code; the one before stops working."""
    return CodeView(recovery_code=Encryption(access).new_recovery_code(body.passphrase))


@router.post("/encryption/rotate", dependencies=_WRITES)
async def rotate_keys(access: VaultAccessDep, slug: Slug) -> EncryptionView:
    """Begin new keys; every entry is sealed anew in the background."""
    Encryption(access).rotate()
    return EncryptionView.from_domain(workspace_state(access), slug)


@router.post("/encryption/rekey", dependencies=_WRITES)
async def rekey_book(unlocked: UnlockedDep, provider: ProviderDep) -> RekeyView:
    """Seal up to 200 more clients under the newest keys, and say how far it is."""
    return RekeyView.from_domain(rekey_job(unlocked, provider).process_batch())


@router.post("/encryption/shred", dependencies=_WRITES)
async def shred_book(body: ConfirmBody, access: VaultAccessDep) -> ShreddedView:
    """Destroy the book, keys and rows; 409 `legal-hold` where something must stay."""
    return ShreddedView(clients=delete_workspace.delete_workspace(access, body.confirm))


@router.post("/encryption/begin", status_code=204, dependencies=_WRITES)
async def begin_book(body: ConfirmBody, access: VaultAccessDep) -> Response:
    """Begin an empty book in place of one that was destroyed."""
    delete_workspace.recreate_workspace(access, body.confirm)
    return Response(status_code=204)
