"""Table of roles and permissions."""

import pytest

from contracts.identity import ROLE_PERMISSIONS, Permission, Role

STAFF = {permission for permission in Permission if permission in ROLE_PERMISSIONS[Role.ADMIN]} - {
    permission for permission in Permission if permission in ROLE_PERMISSIONS[Role.CLIENT]
}


def test_role_permissions_cover_every_role() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_role_permissions_use_every_permission() -> None:
    given = frozenset[str]().union(*ROLE_PERMISSIONS.values())

    assert given == set(Permission)


@pytest.mark.parametrize("role", [Role.CLIENT, Role.ESCORT, Role.AGENCY])
def test_role_permissions_staff_permissions_are_staff_only(role: Role) -> None:
    assert not ROLE_PERMISSIONS[role] & STAFF


def test_role_permissions_client_may_cancel_own_bookings() -> None:
    assert Permission.CANCEL_OWN_BOOKINGS in ROLE_PERMISSIONS[Role.CLIENT]


@pytest.mark.parametrize("permission", [Permission.USE_CRM, Permission.MANAGE_OWN_PAYOUTS])
def test_role_permissions_agency_has_no_crm_and_payouts(permission: Permission) -> None:
    assert permission not in ROLE_PERMISSIONS[Role.AGENCY]
