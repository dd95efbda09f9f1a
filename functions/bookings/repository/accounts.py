"""What auth tells bookings about accounts, through its view."""

from uuid import UUID

from kit.db import UnitOfWork


class Accounts:
    """The view `auth.accounts_v1`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def may_not_act(self, user_id: UUID) -> bool:
        """Tell whether somebody is shut out or gone."""
        found = self._work.execute(
            "SELECT FROM auth.accounts_v1 WHERE user_id = %s AND status <> 'active'", (user_id,)
        ).fetchone()
        return found is not None
