"""Where a profile stands: one table of who may move it where.

Standing alone makes nobody public: the gate (view `escorts.public_profiles_v1`) also asks for a
current verification, consent, an active account and a jurisdiction that allows it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from kit.errors import InvalidState


class Status(StrEnum):
    """Active: its owner wants it public. Inactive: a draft, or withdrawn. Suspended: by staff."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"


class Action(StrEnum):
    """What its owner (the first four) or staff (the others) may do."""

    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    HIDE = "hide"
    SHOW = "show"
    SUSPEND = "suspend"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Standing:
    """A profile's status, its owner's pause, and where a suspension came from."""

    status: Status = Status.INACTIVE
    hidden: bool = False
    suspended_from: Status | None = None

    def after(self, action: Action) -> "Standing":
        """Return the standing after `action`; refuse one that the present does not allow."""
        change = _TRANSITIONS.get((self.status, action))
        if change is None:
            raise InvalidState(f"profile-{self.status}", _refusal(self.status, action))
        return change(self)


def _publish(_: Standing) -> Standing:
    return Standing(Status.ACTIVE)


def _withdraw(_: Standing) -> Standing:
    return Standing(Status.INACTIVE)


def _hide(now: Standing) -> Standing:
    return replace(now, hidden=True)


def _show(now: Standing) -> Standing:
    return replace(now, hidden=False)


def _suspend(now: Standing) -> Standing:
    return Standing(Status.SUSPENDED, now.hidden, suspended_from=now.status)


def _withdraw_suspended(now: Standing) -> Standing:
    """Consent can always be taken back: once restored, the profile is a withdrawn one."""
    return replace(now, hidden=False, suspended_from=Status.INACTIVE)


def _restore(now: Standing) -> Standing:
    return Standing(now.suspended_from or Status.INACTIVE, now.hidden)


# A pair that is missing is refused.
_TRANSITIONS: dict[tuple[Status, Action], Callable[[Standing], Standing]] = {
    (Status.INACTIVE, Action.PUBLISH): _publish,
    (Status.INACTIVE, Action.WITHDRAW): _withdraw,
    (Status.INACTIVE, Action.SUSPEND): _suspend,
    (Status.ACTIVE, Action.PUBLISH): _publish,
    (Status.ACTIVE, Action.WITHDRAW): _withdraw,
    (Status.ACTIVE, Action.HIDE): _hide,
    (Status.ACTIVE, Action.SHOW): _show,
    (Status.ACTIVE, Action.SUSPEND): _suspend,
    (Status.SUSPENDED, Action.WITHDRAW): _withdraw_suspended,
    (Status.SUSPENDED, Action.RESTORE): _restore,
}


def _refusal(status: Status, action: Action) -> str:
    if status is Status.SUSPENDED:
        if action is Action.SUSPEND:
            return "This profile is suspended already."
        return "This profile is suspended: write to us before you change its visibility."
    if action is Action.RESTORE:
        return "This profile is not suspended."
    return "This profile is withdrawn: publish it first."
