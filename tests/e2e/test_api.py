"""End-to-end tests of the JSON API."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest

from tests.e2e.api_users import (
    PASSWORD,
    ApiUser,
    Json,
    Mailbox,
    complete_profile,
    new_address,
    problem,
    register_user,
    verification_decision,
)
from tests.e2e.cloud import CloudProcess

pytestmark = pytest.mark.slow
ACCOUNT_GUESSES = 10


def test_profile_lifecycle_from_registration_to_suspension(
    cloud_process: CloudProcess, staff: ApiUser
) -> None:
    url = cloud_process.url
    provider, client, stranger = (
        register_user(url, "escort"),
        register_user(url, "client"),
        ApiUser(url),
    )

    profile = provider.post("/escorts", complete_profile(city="vienna", name="Zdenka Horn"))
    page, avatar = f"/escorts/{profile['slug']}", f"/escorts/{profile['id']}/avatar.svg"
    assert profile["public"] is False
    assert _hidden(client, profile, page, avatar)

    provider.post(
        f"/escorts/{profile['id']}/submit", {"consentVersion": profile["consentRequired"]}
    )
    assert _hidden(client, profile, page, avatar)
    waiting = staff.get("/escorts/verification-queue?limit=50")["items"]
    assert profile["id"] in {item["profileId"] for item in waiting}

    staff.post(f"/escorts/{profile['id']}/verification", verification_decision())
    assert profile["id"] in _ids(client)
    for visitor in (client, stranger):
        read = visitor.get(page)
        assert (read["name"], read["verified"]) == ("Zdenka Horn", True)
        assert not {"dateOfBirth", "userId", "email"} & read.keys()
        assert "svg" in visitor.call("GET", avatar).text

    staff.post(f"/escorts/{profile['id']}/suspend", {"reason": "A complaint is being looked at."})
    assert _hidden(client, profile, page, avatar)
    assert provider.get("/escorts/me")["suspensionReason"] == "A complaint is being looked at."

    staff.post(f"/escorts/{profile['id']}/restore", {"reason": "The complaint was unfounded."})
    assert profile["id"] in _ids(client)
    assert client.get(page)["name"] == "Zdenka Horn"


def _ids(person: ApiUser) -> set[str]:
    """Return the ids of all profiles that a user finds in Vienna, over all pages."""
    found, more = set(), ""
    while True:
        answer = person.get(f"/escorts?location=vienna&limit=50{more}")
        found |= {item["id"] for item in answer["items"]}
        if not answer["nextCursor"]:
            return found
        more = f"&cursor={answer['nextCursor']}"


def _hidden(person: ApiUser, profile: Json, page: str, avatar: str) -> bool:
    """Tell whether a profile is hidden everywhere; fail if it is hidden in some places only."""
    problem(person.call("GET", page), 404, "no-such-profile")
    problem(person.call("GET", avatar), 404, "no-such-profile")
    return profile["id"] not in _ids(person)


def test_refresh_token_reuse_ends_session(cloud_process: CloudProcess) -> None:
    person = register_user(cloud_process.url, "client")
    first = person.refresh_token
    person.store_tokens(person.post("/auth/refresh", {"refreshToken": first}))
    assert person.get("/users/profile")["email"] == person.email

    reused = ApiUser(cloud_process.url).call("POST", "/auth/refresh", {"refreshToken": first})
    assert problem(reused, 401, reused.json()["code"])
    newest = person.call("POST", "/auth/refresh", {"refreshToken": person.refresh_token})
    assert newest.status_code == 401
    assert person.call("GET", "/users/profile").status_code == 401


def test_password_reset_by_mail_succeeds(cloud_process: CloudProcess) -> None:
    person = register_user(cloud_process.url, "client")
    stranger = ApiUser(cloud_process.url)
    stranger.post("/auth/forgot-password", {"email": person.email})
    token = Mailbox(cloud_process.url).wait_for_link(person.email, "/reset/").rpartition("/")[2]
    changed = {"token": token, "newPassword": "nine grey herons, one heron blue"}
    stranger.post("/auth/reset-password", changed)

    assert person.call("GET", "/users/profile").status_code == 401
    problem(stranger.call("POST", "/auth/reset-password", changed), 409, "link-invalid")
    old = {"email": person.email, "password": PASSWORD}
    problem(stranger.call("POST", "/auth/login", old), 401, "credentials-wrong")
    assert stranger.post("/auth/login", {**old, "password": changed["newPassword"]})


def test_account_addresses_cannot_be_probed(cloud_process: CloudProcess) -> None:
    known = register_user(cloud_process.url, "client")
    stranger = ApiUser(cloud_process.url)
    for path, body in (
        ("/auth/register", {"password": PASSWORD, "role": "client"}),
        ("/auth/forgot-password", {}),
        ("/auth/resend-verification", {}),
    ):
        answers = [
            stranger.call("POST", path, {**body, "email": email})
            for email in (known.email, new_address("nobody"))
        ]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].json() == answers[1].json()


def test_password_guessing_is_rate_limited(cloud_process: CloudProcess) -> None:
    stranger = ApiUser(cloud_process.url)
    guess = {"email": new_address("nobody"), "password": "a first guess of many"}
    first = stranger.call("POST", "/auth/login", guess)
    answers = [first]
    # A window of the rate limit may end meanwhile; two windows admit twice as many attempts.
    while answers[-1].status_code == 401 and len(answers) <= 2 * ACCOUNT_GUESSES:
        answers.append(stranger.call("POST", "/auth/login", guess))

    problem(first, 401, "credentials-wrong")
    assert len(answers) > ACCOUNT_GUESSES
    problem(answers[-1], 429, answers[-1].json()["code"])
    assert int(answers[-1].headers["retry-after"]) > 0


_REGISTER: Json = {"email": "ada@example.org", "password": PASSWORD, "role": "client"}
_BAD: list[tuple[str, str, object, int, str, str | None]] = [
    ("POST", "/auth/register", {**_REGISTER, "role": "admin"}, 422, "invalid-input", "role"),
    ("POST", "/auth/register", {**_REGISTER, "email": "ada"}, 422, "email-malformed", "email"),
    (
        "POST",
        "/auth/register",
        {**_REGISTER, "password": "x"},
        422,
        "password-too-short",
        "password",
    ),
    ("POST", "/auth/register", {**_REGISTER, "nick": "a"}, 422, "invalid-input", "nick"),
    ("POST", "/auth/register", [], 422, "invalid-input", None),
    ("POST", "/auth/login", {"email": "ada@example.org"}, 422, "invalid-input", "password"),
    ("POST", "/auth/verify-email", {"token": "x" * 43}, 409, "link-invalid", None),
    ("POST", "/auth/refresh", {"refreshToken": "x" * 43}, 401, "session-ended", None),
    ("GET", "/users/profile", None, 401, "sign-in-needed", None),
    ("POST", "/escorts", complete_profile(), 401, "sign-in-needed", None),
    ("GET", "/escorts/verification-queue", None, 401, "sign-in-needed", None),
    ("GET", "/escorts?location=atlantis", None, 422, "unknown-city", "location"),
    ("GET", "/escorts?limit=many", None, 422, "invalid-input", "limit"),
    ("GET", "/escorts?cursor=junk", None, 422, "cursor", "cursor"),
    ("GET", "/escorts/nobody-here", None, 404, "no-such-profile", None),
    ("DELETE", "/escorts", None, 405, "method-not-allowed", None),
    ("GET", "/nothing", None, 404, "not-found", None),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code", "field"), _BAD)
def test_refusals_are_problem_json_with_advice(
    cloud_process: CloudProcess,
    method: str,
    path: str,
    body: object,
    status: int,
    code: str,
    field: str | None,
) -> None:
    stranger = ApiUser(cloud_process.url)
    refused = problem(stranger.call(method, path, body), status, code, field)

    assert refused["title"] == HTTPStatus(status).phrase


def test_implausible_profile_is_refused(cloud_process: CloudProcess, staff: ApiUser) -> None:
    provider = register_user(cloud_process.url, "escort")
    client = register_user(cloud_process.url, "client")
    child = (datetime.now(UTC) - timedelta(days=17 * 365)).date().isoformat()
    rate = complete_profile()["rates"][0]

    def refused(who: ApiUser, status: int, code: str, field: str | None, **changes: object) -> None:
        answer = who.call("POST", "/escorts", complete_profile(**changes))
        problem(answer, status, code, field)

    refused(client, 403, "not-permitted", None)
    refused(staff, 401, "wrong-audience", None)
    refused(provider, 422, "under-age", "dateOfBirth", dateOfBirth=child)
    refused(provider, 422, "unknown-city", "city", city="Viena")
    refused(
        provider, 422, "invalid-input", "rates.0.amountMinor", rates=[{**rate, "amountMinor": -1}]
    )
    refused(provider, 422, "rate-without-service", "rates.0.service", services=["culture"])

    profile = provider.post("/escorts", complete_profile(bio="", rates=[]))
    again = provider.call("POST", "/escorts", complete_profile())
    problem(again, 409, "profile-exists")
    path = f"/escorts/{profile['id']}"
    agreed = {"consentVersion": profile["consentRequired"]}
    problem(provider.call("POST", f"{path}/submit", agreed), 409, "profile-incomplete")
    update = {**complete_profile()}
    problem(provider.call("PUT", path, update), 422, "version-needed", "If-Match")
    problem(provider.call("PUT", path, update, {"if-match": '"99"'}), 412, "profile-changed")
    problem(client.call("PUT", path, update, {"if-match": '"1"'}), 403, "not-permitted")
    problem(
        staff.call("POST", f"{path}/verification", verification_decision()), 409, "nothing-waiting"
    )

    unchanged = provider.get("/escorts/me")
    assert (unchanged["version"], unchanged["public"]) == (profile["version"], False)
