"""Publication state of a profile, and one table of all transitions.

An active state alone does not make a profile public: the visibility view (`escorts.public_profiles_v1`) also
requires
a current verification, consent, an active account and a jurisdiction that allows listings.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from kit.errors import InvalidState
from kit.i18n import gettext as _


class PublicationStatus(StrEnum):
    """Status of a profile.

    Active: its owner wants it public. Inactive: draft or withdrawn. Suspended: by staff.
    """

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"


class PublicationAction(StrEnum):
    """Action of the owner (the first four) or of staff (the others)."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    HIDE = "hide"
    SHOW = "show"
    SUSPEND = "suspend"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class PublicationState:
    """Status of a profile, its pause by the owner, and the status before a suspension."""

    status: PublicationStatus = PublicationStatus.INACTIVE
    hidden: bool = False
    suspended_from: PublicationStatus | None = None

    def apply(self, action: PublicationAction) -> "PublicationState":
        """Return the state after `action`; refuse an action that the current state does not allow."""
        change = _TRANSITIONS.get((self.status, action))
        if change is None:
            raise InvalidState(f"profile-{self.status}", _refusal(self.status, action))
        return change(self)


def _publish(_: PublicationState) -> PublicationState:
    return PublicationState(PublicationStatus.ACTIVE)


def _withdraw(_: PublicationState) -> PublicationState:
    return PublicationState(PublicationStatus.INACTIVE)


def _hide(state: PublicationState) -> PublicationState:
    return replace(state, hidden=True)


def _show(state: PublicationState) -> PublicationState:
    return replace(state, hidden=False)


def _suspend(state: PublicationState) -> PublicationState:
    return PublicationState(PublicationStatus.SUSPENDED, state.hidden, suspended_from=state.status)


def _withdraw_while_suspended(state: PublicationState) -> PublicationState:
    """Withdraw consent during a suspension, which is always possible: the restored profile is inactive."""
    return replace(state, hidden=False, suspended_from=PublicationStatus.INACTIVE)


def _restore(state: PublicationState) -> PublicationState:
    return PublicationState(state.suspended_from or PublicationStatus.INACTIVE, state.hidden)


# A pair that is missing is refused.
_TRANSITIONS: dict[
    tuple[PublicationStatus, PublicationAction], Callable[[PublicationState], PublicationState]
] = {
    (PublicationStatus.INACTIVE, PublicationAction.PUBLISH): _publish,
    (PublicationStatus.INACTIVE, PublicationAction.WITHDRAW): _withdraw,
    (PublicationStatus.INACTIVE, PublicationAction.SUSPEND): _suspend,
    (PublicationStatus.ACTIVE, PublicationAction.PUBLISH): _publish,
    (PublicationStatus.ACTIVE, PublicationAction.WITHDRAW): _withdraw,
    (PublicationStatus.ACTIVE, PublicationAction.HIDE): _hide,
    (PublicationStatus.ACTIVE, PublicationAction.SHOW): _show,
    (PublicationStatus.ACTIVE, PublicationAction.SUSPEND): _suspend,
    (PublicationStatus.SUSPENDED, PublicationAction.WITHDRAW): _withdraw_while_suspended,
    (PublicationStatus.SUSPENDED, PublicationAction.RESTORE): _restore,
}


def _refusal(status: PublicationStatus, action: PublicationAction) -> str:
    if status is PublicationStatus.SUSPENDED:
        if action is PublicationAction.SUSPEND:
            return _("This profile is suspended already.")
        return _("This profile is suspended: contact us before you change its visibility.")
    if action is PublicationAction.RESTORE:
        return _("This profile is not suspended.")
    return _("This profile is withdrawn: publish it first.")
