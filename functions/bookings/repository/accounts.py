"""Account status, read from the view that auth publishes."""

from uuid import UUID

from kit.db import UnitOfWork


class AccountRepository:
    """Repository of the view `auth.accounts_v1`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def is_blocked(self, user_id: UUID) -> bool:
        """Tell whether the account is suspended, banned or closed."""
        found = self._work.execute(
            "SELECT FROM auth.accounts_v1 WHERE user_id = %s AND status <> 'active'", (user_id,)
        ).fetchone()
        return found is not None
