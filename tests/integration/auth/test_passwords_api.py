"""API to reset and change the password."""

import pytest

from tests.factories.auth import AUTH, PASSWORD, USERS, AuthWorld

NEW = "another good password"


def test_reset_password_ends_sessions_and_consumes_the_link(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()
    user.web.post(f"{AUTH}/forgot-password", json={"email": user.email.upper()})
    body = {"token": accounts.mailbox.last_mail(user.email).token, "newPassword": NEW}

    assert user.web.post(f"{AUTH}/reset-password", json=body).status == 200

    assert user.web.get(f"{USERS}/profile").problem["code"] == "session-ended"
    assert user.log_in().status == 401
    user.password = NEW
    assert user.log_in().status == 200
    assert accounts.mailbox.last_mail(user.email).subject == "Your password was changed"
    again = user.web.post(f"{AUTH}/reset-password", json=body)
    assert (again.status, again.problem["code"]) == (409, "link-invalid")


def test_forgot_password_response_is_the_same_for_unknown_address(accounts: AuthWorld) -> None:
    member, waiting, stranger = (
        accounts.verified_user(),
        accounts.unverified_user(),
        accounts.unregistered_user(),
    )

    answers = [
        person.web.post(f"{AUTH}/forgot-password", json={"email": person.email})
        for person in (member, waiting, stranger)
    ]

    assert len({(answer.status, answer.text) for answer in answers}) == 1
    assert answers[0].status == 202
    assert accounts.mailbox.last_mail(member.email).subject == "Choose a new password"
    assert accounts.mailbox.mails_to(stranger.email) == []


def test_forgot_password_rate_limit_is_the_same_for_unknown_address(accounts: AuthWorld) -> None:
    for person in (accounts.verified_user(), accounts.unregistered_user()):
        statuses = [
            accounts.new_client()
            .post(f"{AUTH}/forgot-password", json={"email": person.email})
            .status
            for _ in range(4)
        ]
        assert statuses == [202, 202, 202, 429]


def test_reset_password_rejected_password_keeps_the_link_valid(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    user.web.post(f"{AUTH}/forgot-password", json={"email": user.email})
    token = accounts.mailbox.last_mail(user.email).token

    refused = user.web.post(
        f"{AUTH}/reset-password", json={"token": token, "newPassword": user.email}
    )
    assert refused.problem["field"] == "newPassword"

    answer = user.web.post(f"{AUTH}/reset-password", json={"token": token, "newPassword": NEW})
    assert answer.status == 200


def test_reset_link_expires_after_one_hour(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.verified_user()
    user.web.post(f"{AUTH}/forgot-password", json={"email": user.email})
    token = accounts.mailbox.last_mail(user.email).token

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "3601")

    answer = user.web.post(f"{AUTH}/reset-password", json={"token": token, "newPassword": NEW})
    assert answer.problem["code"] == "link-invalid"


def test_reset_password_confirms_the_address(accounts: AuthWorld) -> None:
    user = accounts.unverified_user()
    user.web.post(f"{AUTH}/forgot-password", json={"email": user.email})
    token = accounts.mailbox.last_mail(user.email).token

    user.web.post(f"{AUTH}/reset-password", json={"token": token, "newPassword": PASSWORD})

    assert user.log_in().status == 200


def test_change_password_ends_other_sessions(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()
    elsewhere = user.web.token
    user.log_in()
    body = {"currentPassword": user.password, "newPassword": NEW}

    assert user.web.post(f"{AUTH}/change-password", json=body).status == 204

    assert user.web.get(f"{USERS}/profile").status == 200
    assert user.web.get(f"{USERS}/profile", token=elsewhere).status == 401
    assert user.log_in().status == 401
    user.password = NEW
    assert user.log_in().status == 200


def test_change_password_wrong_current_password_is_rejected_and_limited(
    accounts: AuthWorld,
) -> None:
    user = accounts.signed_in_user()
    body = {"currentPassword": "not the right one", "newPassword": NEW}

    answers = [user.web.post(f"{AUTH}/change-password", json=body) for _ in range(11)]

    assert answers[0].problem["field"] == "currentPassword"
    assert [answer.status for answer in answers] == [401] * 10 + [429]


def test_change_password_invalidates_open_reset_links(accounts: AuthWorld) -> None:
    user = accounts.signed_in_user()
    user.web.post(f"{AUTH}/forgot-password", json={"email": user.email})
    token = accounts.mailbox.last_mail(user.email).token
    user.web.post(
        f"{AUTH}/change-password", json={"currentPassword": user.password, "newPassword": NEW}
    )

    answer = user.web.post(f"{AUTH}/reset-password", json={"token": token, "newPassword": PASSWORD})

    assert answer.problem["code"] == "link-invalid"
