"""Forgetting, resetting and changing the password."""

import pytest

from tests.factories.auth import AUTH, PASSWORD, USERS, Town

NEW = "another good password"


def test_forgotten_and_reset(town: Town) -> None:
    user = town.signed_in()
    user.web.post(f"{AUTH}/forgot-password", json={"email": user.email.upper()})
    body = {"token": town.mailbox.last(user.email).token, "newPassword": NEW}

    assert user.web.post(f"{AUTH}/reset-password", json=body).status == 200

    assert user.web.get(f"{USERS}/profile").problem["code"] == "session-ended"
    assert user.log_in().status == 401
    user.password = NEW
    assert user.log_in().status == 200
    assert town.mailbox.last(user.email).subject == "Your password was changed"
    again = user.web.post(f"{AUTH}/reset-password", json=body)
    assert (again.status, again.problem["code"]) == (409, "link-invalid")


def test_asking_says_nothing_about_an_address(town: Town) -> None:
    member, waiting, stranger = town.member(), town.registered(), town.stranger()

    answers = [
        person.web.post(f"{AUTH}/forgot-password", json={"email": person.email})
        for person in (member, waiting, stranger)
    ]

    assert len({(answer.status, answer.text) for answer in answers}) == 1
    assert answers[0].status == 202
    assert town.mailbox.last(member.email).subject == "Choose a new password"
    assert town.mailbox.letters(stranger.email) == []


def test_mails_are_throttled_for_known_and_unknown_alike(town: Town) -> None:
    for person in (town.member(), town.stranger()):
        statuses = [
            town.client().post(f"{AUTH}/forgot-password", json={"email": person.email}).status
            for _ in range(4)
        ]
        assert statuses == [202, 202, 202, 429]


def test_a_refused_password_does_not_use_the_link_up(town: Town) -> None:
    user = town.member()
    user.web.post(f"{AUTH}/forgot-password", json={"email": user.email})
    token = town.mailbox.last(user.email).token

    refused = user.web.post(
        f"{AUTH}/reset-password", json={"token": token, "newPassword": user.email}
    )
    assert refused.problem["field"] == "newPassword"

    answer = user.web.post(f"{AUTH}/reset-password", json={"token": token, "newPassword": NEW})
    assert answer.status == 200


def test_a_link_expires_after_an_hour(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.member()
    user.web.post(f"{AUTH}/forgot-password", json={"email": user.email})
    token = town.mailbox.last(user.email).token

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "3601")

    answer = user.web.post(f"{AUTH}/reset-password", json={"token": token, "newPassword": NEW})
    assert answer.problem["code"] == "link-invalid"


def test_resetting_confirms_the_address(town: Town) -> None:
    user = town.registered()
    user.web.post(f"{AUTH}/forgot-password", json={"email": user.email})
    token = town.mailbox.last(user.email).token

    user.web.post(f"{AUTH}/reset-password", json={"token": token, "newPassword": PASSWORD})

    assert user.log_in().status == 200


def test_changing_ends_every_other_session(town: Town) -> None:
    user = town.signed_in()
    elsewhere = user.web.token
    user.log_in()
    body = {"currentPassword": user.password, "newPassword": NEW}

    assert user.web.post(f"{AUTH}/change-password", json=body).status == 204

    assert user.web.get(f"{USERS}/profile").status == 200
    assert user.web.get(f"{USERS}/profile", token=elsewhere).status == 401
    assert user.log_in().status == 401
    user.password = NEW
    assert user.log_in().status == 200


def test_changing_needs_the_current_one(town: Town) -> None:
    user = town.signed_in()
    body = {"currentPassword": "not the right one", "newPassword": NEW}

    answers = [user.web.post(f"{AUTH}/change-password", json=body) for _ in range(11)]

    assert answers[0].problem["field"] == "currentPassword"
    assert [answer.status for answer in answers] == [401] * 10 + [429]


def test_an_open_link_is_useless_after_a_change(town: Town) -> None:
    user = town.signed_in()
    user.web.post(f"{AUTH}/forgot-password", json={"email": user.email})
    token = town.mailbox.last(user.email).token
    user.web.post(
        f"{AUTH}/change-password", json={"currentPassword": user.password, "newPassword": NEW}
    )

    answer = user.web.post(f"{AUTH}/reset-password", json={"token": token, "newPassword": PASSWORD})

    assert answer.problem["code"] == "link-invalid"
