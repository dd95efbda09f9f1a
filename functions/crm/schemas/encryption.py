"""Request and response models of unlocking, passphrase, keys and deletion."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from crm.domain import confirmations
from crm.domain.confirmations import Confirmation
from crm.service.rekey import RekeyProgress
from crm.service.vault_access import UnlockGrant
from crm.service.workspace_state import WorkspaceState
from crm.vault import VaultState
from kit.http import Request, Response
from kit.i18n import gettext as _

# No rules for characters here: the domain checks new passphrases, and any text may be tried.
PassphraseText = Annotated[str, StringConstraints(min_length=1, max_length=400)]
ConfirmText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
RecoveryCodeText = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Minutes = Annotated[int, Field(ge=1, le=480)]


class UnlockBody(Request):
    """The passphrase, and the length of the unlock; never longer than the session."""

    passphrase: PassphraseText
    minutes: Minutes | None = None


class PassphraseBody(Request):
    """The passphrase once more."""

    passphrase: PassphraseText


class ConfirmedPassphraseBody(PassphraseBody):
    """A passphrase, and the words of the warning."""

    confirm: ConfirmText


class ConfirmBody(Request):
    """The words of the warning."""

    confirm: ConfirmText


class ChangePassphraseBody(Request):
    """The current passphrase and the new one."""

    current: PassphraseText
    new_passphrase: PassphraseText


class RecoverBody(Request):
    """The recovery code, and the new passphrase."""

    code: RecoveryCodeText
    new_passphrase: PassphraseText


class UnlockedView(Response):
    """The unlock of this session: send `vaultKey` as `X-CRM-Unlock-Token`. It is shown once and stored nowhere."""

    vault_key: str
    expires_at: datetime

    @classmethod
    def from_domain(cls, grant: UnlockGrant) -> "UnlockedView":
        """Build the response from an unlock."""
        return cls(vault_key=grant.secret, expires_at=grant.until)


class RecoveryCodeView(Response):
    """The recovery code, shown once."""

    recovery_code: str


class UnlockedWithCodeView(UnlockedView, RecoveryCodeView):
    """The unlock of this session, and the recovery code from now on."""

    @classmethod
    def with_code(cls, grant: UnlockGrant, code: str) -> "UnlockedWithCodeView":
        """Build the response from an unlock and a code."""
        return cls(vault_key=grant.secret, expires_at=grant.until, recovery_code=code)


class LockAllView(Response):
    """Whether the workspace is locked now; without a passphrase nothing locks it."""

    locked: bool


class DisableView(Response):
    """Whether the passphrase is removed; else when the same request removes it."""

    done: bool
    due_at: datetime | None


class DeletedWorkspaceView(Response):
    """The number of clients in the deleted workspace."""

    clients: int


class WarningView(Response):
    """A warning, and the words to type as `confirm` (empty: none)."""

    title: str
    sentences: list[str]
    confirm: str

    @classmethod
    def from_domain(cls, confirmation: Confirmation) -> "WarningView":
        """Build the response from a confirmation."""
        return cls(
            title=_(confirmation.title),
            sentences=[_(sentence) for sentence in confirmation.sentences],
            confirm=_(confirmation.confirm),
        )


class WarningsView(Response):
    """The warnings before each change."""

    enable: WarningView
    disable: WarningView
    recovery_code: WarningView
    rotate: WarningView
    shred: WarningView
    begin: WarningView

    @classmethod
    def for_slug(cls, slug: str) -> "WarningsView":
        """Build the warnings of a workspace."""
        return cls(
            enable=WarningView.from_domain(confirmations.ENABLE),
            disable=WarningView.from_domain(confirmations.DISABLE),
            recovery_code=WarningView.from_domain(confirmations.RECOVERY_CODE),
            rotate=WarningView.from_domain(confirmations.ROTATE),
            shred=WarningView.from_domain(confirmations.delete_workspace_confirmation(slug)),
            begin=WarningView.from_domain(confirmations.RECREATE),
        )


class RekeyView(Response):
    """Progress of the re-encryption under the newest keys."""

    running: bool
    clients_left: int
    unreadable: int = Field(
        description="Clients with records that cannot be decrypted: left as they are."
    )
    generations: int

    @classmethod
    def from_domain(cls, progress: RekeyProgress) -> "RekeyView":
        """Build the response from the progress."""
        return cls.model_validate(progress)


class EncryptionView(Response):
    """The state of a workspace. While it is locked, `rekey` is unknown."""

    mode: VaultState
    locked: bool
    unlocked_until: datetime | None
    generation: int
    rekey: RekeyView | None
    has_recovery_code: bool
    recovery_code_at: datetime | None
    passphrase_changed_at: datetime | None
    disable_due_at: datetime | None
    warnings: WarningsView

    @classmethod
    def from_domain(cls, state: WorkspaceState, slug: str) -> "EncryptionView":
        """Build the response from the state."""
        return cls(
            mode=state.mode,
            locked=state.locked,
            unlocked_until=state.unlocked_until,
            generation=state.generation,
            rekey=RekeyView.from_domain(state.rekey) if state.rekey else None,
            has_recovery_code=state.mode is VaultState.PASSPHRASE,
            recovery_code_at=state.recovery_code_at,
            passphrase_changed_at=state.passphrase_changed_at,
            disable_due_at=state.disable_due_at,
            warnings=WarningsView.for_slug(slug),
        )
