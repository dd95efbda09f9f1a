"""Status transitions of accounts: every pair of status and transition."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from auth.domain.accounts import (
    Account,
    AccountTransition,
    require_may_sign_in,
    require_other_account,
)
from contracts.identity import Role, UserStatus
from kit.errors import Forbidden, InvalidState

THEN = datetime(2031, 5, 24, 18, tzinfo=UTC)
ACCOUNT = Account(
    id=UUID(int=1),
    email="someone@example.com",
    password_hash="$argon2id$",
    role=Role.CLIENT,
    status=UserStatus.ACTIVE,
    email_verified_at=THEN,
    display_name=None,
    avatar_url=None,
    created_at=THEN,
    updated_at=THEN,
)

P, A, S, B, C = (
    UserStatus.PENDING,
    UserStatus.ACTIVE,
    UserStatus.SUSPENDED,
    UserStatus.BANNED,
    UserStatus.CLOSED,
)
ALLOWED = {
    (P, AccountTransition.VERIFY): A,
    (P, AccountTransition.SUSPEND): S,
    (P, AccountTransition.BAN): B,
    (A, AccountTransition.VERIFY): A,
    (A, AccountTransition.SUSPEND): S,
    (A, AccountTransition.BAN): B,
    (A, AccountTransition.CLOSE): C,
    (S, AccountTransition.VERIFY): S,
    (S, AccountTransition.BAN): B,
    (S, AccountTransition.RESTORE): A,
    (B, AccountTransition.VERIFY): B,
    (B, AccountTransition.RESTORE): A,
}


@pytest.mark.parametrize(("status", "transition"), list(product(UserStatus, AccountTransition)))
def test_account_apply_every_status_and_transition(
    status: UserStatus, transition: AccountTransition
) -> None:
    account = replace(ACCOUNT, status=status)

    if (status, transition) in ALLOWED:
        assert account.apply(transition) is ALLOWED[status, transition]
    else:
        with pytest.raises(InvalidState) as refused:
            account.apply(transition)
        assert refused.value.code == "status-transition"


@pytest.mark.parametrize("status", [S, B])
def test_account_restore_unverified_becomes_pending(status: UserStatus) -> None:
    account = replace(ACCOUNT, status=status, email_verified_at=None)

    assert account.apply(AccountTransition.RESTORE) is UserStatus.PENDING


@pytest.mark.parametrize("status", UserStatus)
def test_require_may_sign_in_only_active_accounts_pass(status: UserStatus) -> None:
    account = replace(ACCOUNT, status=status)

    if status is UserStatus.ACTIVE:
        require_may_sign_in(account)
    else:
        with pytest.raises(Forbidden):
            require_may_sign_in(account)


def test_require_other_account_own_account_is_forbidden() -> None:
    require_other_account(UUID(int=1), UUID(int=2))

    with pytest.raises(Forbidden):
        require_other_account(UUID(int=1), UUID(int=1))
