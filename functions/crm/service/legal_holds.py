"""Legal holds: data under a hold is deleted by no person and no rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.legal_holds import LegalHold, only_appends
from crm.repository.clients import ClientRepository
from crm.repository.legal_holds import LegalHoldRepository
from crm.service.audit_log import AuditLog
from crm.service.unlocked_context import UnlockedContext
from kit.errors import InvalidState
from kit.i18n import gettext as _


def require_no_hold(context: UnlockedContext, client_id: UUID | None = None) -> None:
    """Raise `InvalidState` if a client (or, without one, any client) is under a hold.

    No hold can be placed until the transaction ends. Callers that also lock the client's row do so before this call.
    """
    holds = LegalHoldRepository(context.work, context.vault)
    holds.lock()
    if holds.is_held(client_id):
        raise InvalidState(
            "legal-hold",
            _("This is under a legal hold and must stay: release the hold first, if you may."),
        )


def require_no_loss_under_hold(
    context: UnlockedContext, client_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Raise `InvalidState` if a change would remove text about a client who is under a hold."""
    if only_appends(before, after):
        return
    # Lock order: the client's row before the workspace's, as everywhere.
    ClientRepository(context.work, context.vault).lock(client_id, alone=True)
    require_no_hold(context, client_id)


@dataclass(frozen=True, slots=True)
class LegalHoldList:
    """The holds of a workspace, and the names of the clients under them."""

    items: list[LegalHold]
    names: dict[UUID, str]


class LegalHoldService:
    """The holds of one unlocked workspace."""

    def __init__(self, context: UnlockedContext, audit_log: AuditLog) -> None:
        self._context = context
        self._audit_log = audit_log
        self._holds = LegalHoldRepository(context.work, context.vault)

    def place(self, client_id: UUID | None, reason: str) -> LegalHold:
        """Place a hold on a client or on the whole workspace; raise `NotFound`."""
        if client_id is not None:
            ClientRepository(self._context.work, self._context.vault).lock(client_id)
        self._holds.lock()
        hold = self._holds.add(client_id, reason, self._context.now())
        self._audit_log.append(
            AuditAction.LEGAL_HOLD_PLACED, hold=str(hold.id), whole_book=client_id is None
        )
        return hold

    def release(self, hold_id: UUID) -> None:
        """Release a hold; a repetition changes nothing."""
        self._holds.lock()
        if self._holds.release(hold_id, self._context.now()):
            self._audit_log.append(AuditAction.LEGAL_HOLD_RELEASED, hold=str(hold_id))

    def list(self) -> LegalHoldList:
        """Return the holds, those in force first."""
        items = self._holds.list()
        clients = ClientRepository(self._context.work, self._context.vault)
        return LegalHoldList(
            items, clients.names({hold.client_id for hold in items if hold.client_id})
        )
