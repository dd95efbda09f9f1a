"""Publication state: every pair of status and action, allowed as listed here, refused otherwise."""

from itertools import product

import pytest

from escorts.domain.publication import PublicationAction, PublicationState, PublicationStatus
from kit.errors import InvalidState

ALLOWED = {
    (PublicationStatus.INACTIVE, PublicationAction.PUBLISH): PublicationStatus.ACTIVE,
    (PublicationStatus.INACTIVE, PublicationAction.WITHDRAW): PublicationStatus.INACTIVE,
    (PublicationStatus.INACTIVE, PublicationAction.SUSPEND): PublicationStatus.SUSPENDED,
    (PublicationStatus.ACTIVE, PublicationAction.PUBLISH): PublicationStatus.ACTIVE,
    (PublicationStatus.ACTIVE, PublicationAction.WITHDRAW): PublicationStatus.INACTIVE,
    (PublicationStatus.ACTIVE, PublicationAction.HIDE): PublicationStatus.ACTIVE,
    (PublicationStatus.ACTIVE, PublicationAction.SHOW): PublicationStatus.ACTIVE,
    (PublicationStatus.ACTIVE, PublicationAction.SUSPEND): PublicationStatus.SUSPENDED,
    (PublicationStatus.SUSPENDED, PublicationAction.WITHDRAW): PublicationStatus.SUSPENDED,
    (PublicationStatus.SUSPENDED, PublicationAction.RESTORE): PublicationStatus.ACTIVE,
}


def standing(status: PublicationStatus, *, hidden: bool = False) -> PublicationState:
    origin = PublicationStatus.ACTIVE if status is PublicationStatus.SUSPENDED else None
    return PublicationState(status, hidden, origin)


@pytest.mark.parametrize(("status", "action"), list(product(PublicationStatus, PublicationAction)))
def test_publication_transitions_match_table(
    status: PublicationStatus, action: PublicationAction
) -> None:
    if (status, action) in ALLOWED:
        assert standing(status).apply(action).status is ALLOWED[status, action]
    else:
        with pytest.raises(InvalidState) as refused:
            standing(status).apply(action)
        assert refused.value.message.endswith(".")


@pytest.mark.parametrize(("status", "action"), sorted(ALLOWED))
@pytest.mark.parametrize("hidden", [False, True])
def test_suspended_state_always_stores_previous_status(
    status: PublicationStatus, action: PublicationAction, hidden: bool
) -> None:
    after = standing(status, hidden=hidden).apply(action)
    assert (after.status is PublicationStatus.SUSPENDED) == (after.suspended_from is not None)
    assert after.suspended_from is not PublicationStatus.SUSPENDED


def test_restored_draft_is_inactive() -> None:
    draft = PublicationState().apply(PublicationAction.SUSPEND).apply(PublicationAction.RESTORE)
    assert draft == PublicationState(PublicationStatus.INACTIVE)


def test_withdrawal_during_suspension_survives_restore() -> None:
    active = PublicationState().apply(PublicationAction.PUBLISH)
    back = (
        active.apply(PublicationAction.SUSPEND)
        .apply(PublicationAction.WITHDRAW)
        .apply(PublicationAction.RESTORE)
    )
    assert back == PublicationState(PublicationStatus.INACTIVE)


def test_restored_hidden_profile_is_hidden() -> None:
    hidden = PublicationState(PublicationStatus.ACTIVE).apply(PublicationAction.HIDE)
    assert hidden.apply(PublicationAction.SUSPEND).apply(PublicationAction.RESTORE) == hidden


def test_publish_shows_hidden_profile() -> None:
    assert (
        not PublicationState(PublicationStatus.ACTIVE, hidden=True)
        .apply(PublicationAction.PUBLISH)
        .hidden
    )
