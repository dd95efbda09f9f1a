"""The states of a book: unlocked for a while, locked, under a passphrase or not, sealed anew, destroyed."""

from fastapi import Depends, Response

from crm.dependencies import AtDesk, BeforeBook, InRoom, Slug, limit_writes, rekey_of
from crm.routes.router_base import book_router
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
from crm.service.unlock import Unlocking
from crm.service.workspace_state import book_state

router = book_router("")
_WRITES = [Depends(limit_writes)]


@router.get("/encryption")
async def read_encryption(door: BeforeBook, slug: Slug) -> EncryptionView:
    """Return the state of the book; works in every state."""
    return EncryptionView.of(book_state(door), slug)


@router.post("/unlock", dependencies=_WRITES)
async def unlock_book(body: UnlockBody, door: BeforeBook) -> UnlockedView:
    """Open the book for this session; 422 `wrong-passphrase`, 429 after five tries."""
    return UnlockedView.of(Unlocking(door).unlock(body.passphrase, body.minutes))


@router.post("/lock", status_code=204, dependencies=_WRITES)
async def lock_book(door: BeforeBook) -> Response:
    """Close the book for this session."""
    Unlocking(door).lock()
    return Response(status_code=204)


@router.post("/panic", dependencies=_WRITES)
async def lock_everywhere(door: BeforeBook) -> PanicView:
    """Close the book for every session; the sessions themselves go on."""
    return PanicView(locked=Unlocking(door).panic())


@router.post("/encryption/enable", dependencies=_WRITES)
async def enable_passphrase(body: ConfirmedBody, door: BeforeBook) -> UnlockedWithCode:
    """Put a passphrase on the book; the recovery code is shown here and never again."""
    enabled = Encryption(door).enable(body.passphrase, body.confirm)
    return UnlockedWithCode.with_code(enabled.unlocked, enabled.recovery_code)


@router.post("/encryption/disable", dependencies=_WRITES)
async def disable_passphrase(
    body: ConfirmedBody, door: BeforeBook, response: Response
) -> DisableView:
    """Ask to take the passphrase off (202); once it is due, the same request takes it off (200)."""
    due = Encryption(door).disable(body.passphrase, body.confirm)
    response.status_code = 200 if due is None else 202
    return DisableView(done=due is None, due_at=due)


@router.delete("/encryption/disable", status_code=204, dependencies=_WRITES)
async def keep_passphrase(door: BeforeBook) -> Response:
    """Take back that the passphrase is to go; works while locked."""
    Encryption(door).keep()
    return Response(status_code=204)


@router.post("/encryption/passphrase", dependencies=_WRITES)
async def change_passphrase(body: ChangeBody, door: BeforeBook) -> UnlockedView:
    """Change the passphrase; every other unlocked session is locked."""
    return UnlockedView.of(Encryption(door).change(body.current, body.new_passphrase))


@router.post("/encryption/recover", dependencies=_WRITES)
async def recover_book(body: RecoverBody, door: BeforeBook) -> UnlockedWithCode:
    """Open the book by the recovery code, with a new passphrase and a new code from now on."""
    recovered = Unlocking(door).recover(body.code, body.new_passphrase)
    return UnlockedWithCode.with_code(recovered.unlocked, recovered.recovery_code)


@router.post("/encryption/recovery-code", dependencies=_WRITES)
async def renew_recovery_code(body: PassphraseBody, door: BeforeBook) -> CodeView:
    """Return a new recovery code; the one before stops working."""
    return CodeView(recovery_code=Encryption(door).new_recovery_code(body.passphrase))


@router.post("/encryption/rotate", dependencies=_WRITES)
async def rotate_keys(door: BeforeBook, slug: Slug) -> EncryptionView:
    """Begin new keys; every entry is sealed anew in the background."""
    Encryption(door).rotate()
    return EncryptionView.of(book_state(door), slug)


@router.post("/encryption/rekey", dependencies=_WRITES)
async def rekey_book(desk: AtDesk, room: InRoom) -> RekeyView:
    """Seal up to 200 more clients under the newest keys, and say how far it is."""
    return RekeyView.of(rekey_of(desk, room).go_on())


@router.post("/encryption/shred", dependencies=_WRITES)
async def shred_book(body: ConfirmBody, door: BeforeBook) -> ShreddedView:
    """Destroy the book, keys and rows; 409 `legal-hold` where something must stay."""
    return ShreddedView(clients=delete_workspace.destroy(door, body.confirm))


@router.post("/encryption/begin", status_code=204, dependencies=_WRITES)
async def begin_book(body: ConfirmBody, door: BeforeBook) -> Response:
    """Begin an empty book in place of one that was destroyed."""
    delete_workspace.begin_again(door, body.confirm)
    return Response(status_code=204)
