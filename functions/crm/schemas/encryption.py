"""The states of a book, as the API takes and shows them."""

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

# Nothing is said about its signs here: which one may be chosen is the domain's, and any may be tried.
PassphraseText = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Typed = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Minutes = Annotated[int, Field(ge=1, le=480)]


class UnlockBody(Request):
    """The passphrase, and how long it is to hold; never longer than the session."""

    passphrase: PassphraseText
    minutes: Minutes | None = None


class PassphraseBody(Request):
    """The passphrase once more."""

    passphrase: PassphraseText


class ConfirmedBody(PassphraseBody):
    """A passphrase, and the words of the warning."""

    confirm: Typed


class ConfirmBody(Request):
    """The words of the warning."""

    confirm: Typed


class ChangeBody(Request):
    """Another passphrase."""

    current: PassphraseText
    new_passphrase: PassphraseText


class RecoverBody(Request):
    """The recovery code, and the passphrase from now on."""

    code: Code
    new_passphrase: PassphraseText


class UnlockedView(Response):
    """What opens the book for this session: send it as `X-Vault-Key`. It is shown once and kept nowhere."""

    vault_key: str
    expires_at: datetime

    @classmethod
    def from_domain(cls, unlocked: UnlockGrant) -> "UnlockedView":
        """Return it as it is shown."""
        return cls(vault_key=unlocked.secret, expires_at=unlocked.until)


class CodeView(Response):
    """The recovery code, shown once."""

    recovery_code: str


class UnlockedWithCode(UnlockedView, CodeView):
    """Both: what opens the book for this session, and the recovery code from now on."""

    @classmethod
    def with_code(cls, unlocked: UnlockGrant, code: str) -> "UnlockedWithCode":
        """Return them as they are shown."""
        return cls(vault_key=unlocked.secret, expires_at=unlocked.until, recovery_code=code)


class PanicView(Response):
    """Whether the book is locked now; without a passphrase nothing locks it."""

    locked: bool


class DisableView(Response):
    """Whether the passphrase is off; else when the same request takes it off."""

    done: bool
    due_at: datetime | None


class ShreddedView(Response):
    """How many clients were in the book that is gone."""

    clients: int


class WarningView(Response):
    """What to know beforehand, and the words to type as `confirm` (empty: none)."""

    title: str
    sentences: list[str]
    confirm: str

    @classmethod
    def from_domain(cls, warned: Confirmation) -> "WarningView":
        """Return it as it is shown."""
        return cls(title=warned.title, sentences=list(warned.sentences), confirm=warned.confirm)


class WarningsView(Response):
    """Before each change."""

    enable: WarningView
    disable: WarningView
    recovery_code: WarningView
    rotate: WarningView
    shred: WarningView
    begin: WarningView

    @classmethod
    def for_slug(cls, slug: str) -> "WarningsView":
        """Return those of a book."""
        return cls(
            enable=WarningView.from_domain(confirmations.ENABLE),
            disable=WarningView.from_domain(confirmations.DISABLE),
            recovery_code=WarningView.from_domain(confirmations.RECOVERY_CODE),
            rotate=WarningView.from_domain(confirmations.ROTATE),
            shred=WarningView.from_domain(confirmations.delete_workspace_confirmation(slug)),
            begin=WarningView.from_domain(confirmations.RECREATE),
        )


class RekeyView(Response):
    """How far it is to seal everything under the newest keys."""

    running: bool
    clients_left: int
    unreadable: int = Field(description="Of those, whose entries do not open: left as they are.")
    generations: int

    @classmethod
    def from_domain(cls, progress: RekeyProgress) -> "RekeyView":
        """Return it as it is shown."""
        return cls.model_validate(progress)


class EncryptionView(Response):
    """The state of a book. While it is locked, `rekey` is not known."""

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
        """Return it as it is shown."""
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
