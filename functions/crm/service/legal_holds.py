"""Legal holds: what is under one is not forgotten, by nobody and no rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.legal_holds import Hold, only_appends
from crm.repository.clients import ClientRepository
from crm.repository.legal_holds import LegalHoldRepository
from crm.service.audit_log import AuditLog
from crm.service.unlocked_context import UnlockedContext
from kit.errors import InvalidState


def require_no_hold(context: UnlockedContext, client_id: UUID | None = None) -> None:
    """Raise `InvalidState` where a client (or, without one, anybody) is under a hold.

    None can be placed until the transaction ends. Who also locks the client's row does so before calling this.
    """
    holds = LegalHoldRepository(context.work, context.vault)
    holds.lock()
    if holds.is_held(client_id):
        raise InvalidState(
            "legal-hold",
            "This is under a legal hold and must stay: lift the hold first, if you may.",
        )


def require_kept(
    context: UnlockedContext, client_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Raise `InvalidState` where something that was written about a client who is under a hold would be gone."""
    if only_appends(before, after):
        return
    # The client's row before the book's, as for everybody who takes both.
    ClientRepository(context.work, context.vault).lock(client_id, alone=True)
    require_no_hold(context, client_id)


@dataclass(frozen=True, slots=True)
class LegalHoldList:
    """The holds of a book, and what the clients under them are called."""

    items: list[Hold]
    names: dict[UUID, str]


class LegalHoldService:
    """The holds of one open book."""

    def __init__(self, context: UnlockedContext, audit_log: AuditLog) -> None:
        self._context = context
        self._audit_log = audit_log
        self._holds = LegalHoldRepository(context.work, context.vault)

    def place(self, client_id: UUID | None, reason: str) -> Hold:
        """Put a client, or the whole book, under a hold; raise `NotFound`."""
        if client_id is not None:
            ClientRepository(self._context.work, self._context.vault).lock(client_id)
        self._holds.lock()
        hold = self._holds.add(client_id, reason, self._context.now())
        self._audit_log.append(
            AuditAction.HOLD_PLACED, hold=str(hold.id), whole_book=client_id is None
        )
        return hold

    def release(self, hold_id: UUID) -> None:
        """Lift a hold; again changes nothing."""
        self._holds.lock()
        if self._holds.release(hold_id, self._context.now()):
            self._audit_log.append(AuditAction.HOLD_RELEASED, hold=str(hold_id))

    def list(self) -> LegalHoldList:
        """Return them, those in force first."""
        items = self._holds.list()
        clients = ClientRepository(self._context.work, self._context.vault)
        return LegalHoldList(
            items, clients.names({one.client_id for one in items if one.client_id})
        )
