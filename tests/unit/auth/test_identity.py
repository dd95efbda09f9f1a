"""The table of roles and permissions."""

import pytest

from contracts.identity import ROLE_PERMISSIONS, Permission, Role

STAFF = {permission for permission in Permission if permission in ROLE_PERMISSIONS[Role.ADMIN]} - {
    permission for permission in Permission if permission in ROLE_PERMISSIONS[Role.CLIENT]
}


def test_every_role_has_its_row() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_every_permission_belongs_to_somebody() -> None:
    given = frozenset[str]().union(*ROLE_PERMISSIONS.values())

    assert given == set(Permission)


@pytest.mark.parametrize("role", [Role.CLIENT, Role.ESCORT, Role.AGENCY])
def test_nobody_else_has_what_staff_may_do(role: Role) -> None:
    assert not ROLE_PERMISSIONS[role] & STAFF


def test_clients_may_cancel() -> None:
    assert Permission.CANCEL_OWN_BOOKINGS in ROLE_PERMISSIONS[Role.CLIENT]


@pytest.mark.parametrize("permission", [Permission.USE_CRM, Permission.MANAGE_OWN_PAYOUTS])
def test_agencies_never_reach_a_providers_private_room(permission: Permission) -> None:
    assert permission not in ROLE_PERMISSIONS[Role.AGENCY]
