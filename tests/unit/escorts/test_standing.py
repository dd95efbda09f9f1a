"""Every pair of status and action: allowed as written here, refused otherwise."""

from itertools import product

import pytest

from escorts.domain.publication import Action, Standing, Status
from kit.errors import InvalidState

ALLOWED = {
    (Status.INACTIVE, Action.PUBLISH): Status.ACTIVE,
    (Status.INACTIVE, Action.WITHDRAW): Status.INACTIVE,
    (Status.INACTIVE, Action.SUSPEND): Status.SUSPENDED,
    (Status.ACTIVE, Action.PUBLISH): Status.ACTIVE,
    (Status.ACTIVE, Action.WITHDRAW): Status.INACTIVE,
    (Status.ACTIVE, Action.HIDE): Status.ACTIVE,
    (Status.ACTIVE, Action.SHOW): Status.ACTIVE,
    (Status.ACTIVE, Action.SUSPEND): Status.SUSPENDED,
    (Status.SUSPENDED, Action.WITHDRAW): Status.SUSPENDED,
    (Status.SUSPENDED, Action.RESTORE): Status.ACTIVE,
}


def standing(status: Status, *, hidden: bool = False) -> Standing:
    origin = Status.ACTIVE if status is Status.SUSPENDED else None
    return Standing(status, hidden, origin)


@pytest.mark.parametrize(("status", "action"), list(product(Status, Action)))
def test_every_pair(status: Status, action: Action) -> None:
    if (status, action) in ALLOWED:
        assert standing(status).after(action).status is ALLOWED[status, action]
    else:
        with pytest.raises(InvalidState) as refused:
            standing(status).after(action)
        assert refused.value.message.endswith(".")


@pytest.mark.parametrize(("status", "action"), sorted(ALLOWED))
@pytest.mark.parametrize("hidden", [False, True])
def test_a_suspension_always_knows_where_it_came_from(
    status: Status, action: Action, hidden: bool
) -> None:
    after = standing(status, hidden=hidden).after(action)
    assert (after.status is Status.SUSPENDED) == (after.suspended_from is not None)
    assert after.suspended_from is not Status.SUSPENDED


def test_a_suspended_draft_comes_back_as_a_draft() -> None:
    draft = Standing().after(Action.SUSPEND).after(Action.RESTORE)
    assert draft == Standing(Status.INACTIVE)


def test_consent_taken_back_during_a_suspension_outlives_it() -> None:
    active = Standing().after(Action.PUBLISH)
    back = active.after(Action.SUSPEND).after(Action.WITHDRAW).after(Action.RESTORE)
    assert back == Standing(Status.INACTIVE)


def test_a_hidden_profile_comes_back_hidden() -> None:
    hidden = Standing(Status.ACTIVE).after(Action.HIDE)
    assert hidden.after(Action.SUSPEND).after(Action.RESTORE) == hidden


def test_publishing_shows_what_was_hidden() -> None:
    assert not Standing(Status.ACTIVE, hidden=True).after(Action.PUBLISH).hidden
