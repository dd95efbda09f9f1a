"""Whose private room it is."""

from auth.service.context import Context
from kit.auth import Principal
from kit.errors import NotFound


def require_own_room(context: Context, principal: Principal, address: str) -> None:
    """Raise `NotFound` at every address that is not one of the caller's own profile."""
    if not context.accounts.keeps_room(principal.user_id, address):
        raise NotFound("not-found", "There is nothing at this address.")
