"""Where a profile stands: one table of who may move it where.

Standing alone makes nobody public: the gate (view `escorts.public_profiles_v1`) also asks for a
current verification, consent, an active account and a jurisdiction that allows it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from kit.errors import InvalidState


class PublicationStatus(StrEnum):
    """Active: its owner wants it public. Inactive: a draft, or withdrawn. Suspended: by staff."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"


class PublicationAction(StrEnum):
    """What its owner (the first four) or staff (the others) may do."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    HIDE = "hide"
    SHOW = "show"
    SUSPEND = "suspend"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class PublicationState:
    """A profile's status, its owner's pause, and where a suspension came from."""

    status: PublicationStatus = PublicationStatus.INACTIVE
    hidden: bool = False
    suspended_from: PublicationStatus | None = None

    def apply(self, action: PublicationAction) -> "PublicationState":
        """Return the standing after `action`; refuse one that the present does not allow."""
        change = _TRANSITIONS.get((self.status, action))
        if change is None:
            raise InvalidState(f"profile-{self.status}", _refusal(self.status, action))
        return change(self)


def _publish(_: PublicationState) -> PublicationState:
    return PublicationState(PublicationStatus.ACTIVE)


def _withdraw(_: PublicationState) -> PublicationState:
    return PublicationState(PublicationStatus.INACTIVE)


def _hide(now: PublicationState) -> PublicationState:
    return replace(now, hidden=True)


def _show(now: PublicationState) -> PublicationState:
    return replace(now, hidden=False)


def _suspend(now: PublicationState) -> PublicationState:
    return PublicationState(PublicationStatus.SUSPENDED, now.hidden, suspended_from=now.status)


def _withdraw_while_suspended(now: PublicationState) -> PublicationState:
    """Consent can always be taken back: once restored, the profile is a withdrawn one."""
    return replace(now, hidden=False, suspended_from=PublicationStatus.INACTIVE)


def _restore(now: PublicationState) -> PublicationState:
    return PublicationState(now.suspended_from or PublicationStatus.INACTIVE, now.hidden)


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
            return "This profile is suspended already."
        return "This profile is suspended: write to us before you change its visibility."
    if action is PublicationAction.RESTORE:
        return "This profile is not suspended."
    return "This profile is withdrawn: publish it first."
