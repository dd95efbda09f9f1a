"""Pages to register, log in and manage an account, in a browser without JavaScript."""

import re
from base64 import b32decode

import pytest

from auth.domain.totp import code_at, step_at
from kit import clock
from tests.factories.auth import AUTH, PASSWORD, USERS, AuthWorld, User, wrong_code
from tests.fixtures.functions import Answer, FunctionClient

HTML = {"accept": "text/html"}


def open_page(web: FunctionClient, path: str) -> Answer:
    """Request a page."""
    return web.get(path, headers=HTML)


def submit_login(user: User, path: str = "/login", **more: str) -> Answer:
    """Submit the login form."""
    form = {"email": user.email, "password": user.password, **more}
    return user.web.post(path, form=form)


def hidden_value(page: Answer, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page.text)
    assert found, name
    return found[1]


@pytest.mark.parametrize("path", ["/register", "/login", "/staff/login", "/verify", "/reset"])
def test_form_page_is_rendered_uncached_with_unique_ids(accounts: AuthWorld, path: str) -> None:
    page = open_page(accounts.new_client(), path)

    assert page.status == 200
    assert '<form class="form" method="post"' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))


def test_registration_pages_end_in_a_session(accounts: AuthWorld) -> None:
    user = accounts.unregistered_user()
    form = {"email": user.email, "password": user.password, "role": "escort", "adult": "true"}
    answer = user.web.post("/register", form=form)
    assert (answer.status, answer.headers["location"]) == (303, "/verify")

    token = accounts.mailbox.last_mail(user.email).token
    for _ in range(2):  # a mail scanner opens the link first
        assert "Confirm the address" in open_page(user.web, f"/verify/{token}").text
    refused = submit_login(user)
    assert refused.status == 403
    assert "Confirm your e-mail address first" in refused.text
    assert user.web.post(f"/verify/{token}", form={}).status == 200

    answer = submit_login(user)
    assert (answer.status, answer.headers["location"]) == (303, "/profile")
    cookie = next(one for one in answer.cookies if one.startswith("__Host-sid="))
    for attribute in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute in cookie
    assert user.email in open_page(user.web, "/account").text
    assert "Sign out" in open_page(user.web, "/_account-chip").text


def test_verify_page_used_link_offers_a_new_one(accounts: AuthWorld) -> None:
    user = accounts.unverified_user()
    token = accounts.mailbox.last_mail(user.email).token
    user.web.post(f"/verify/{token}", form={})

    again = user.web.post(f"/verify/{token}", form={})

    assert again.status == 409
    assert "used already or has expired" in again.text
    assert "Send the link again" in again.text
    answer = user.web.post("/verify", form={"email": user.email})
    assert (answer.status, answer.headers["location"]) == (303, "/verify")


def test_register_page_shows_errors_without_passwords(accounts: AuthWorld) -> None:
    web = accounts.new_client()

    page = web.post(
        "/register", form={"email": "mira@example", "password": "tiny-one", "role": "x"}
    )

    assert page.status == 422
    assert "Choose one of these: client, escort, agency." in page.text
    assert "Confirm that you are 18 or older." in page.text
    assert 'value="mira@example"' in page.text
    assert "tiny-one" not in page.text

    page = web.post(
        "/register",
        form={"email": "mira@example", "password": PASSWORD, "role": "client", "adult": "true"},
    )
    assert page.status == 422
    assert "This is not an e-mail address" in page.text
    assert PASSWORD not in page.text


def test_login_page_error_is_the_same_for_unknown_address(accounts: AuthWorld) -> None:
    member, stranger = accounts.verified_user(), accounts.unregistered_user()
    member.password = "not the right one"

    pages = [submit_login(person) for person in (member, stranger)]

    texts = [
        page.text.replace(p.email, "") for page, p in zip(pages, (member, stranger), strict=True)
    ]
    assert texts[0] == texts[1]
    assert [page.status for page in pages] == [401, 401]
    assert "The e-mail or the password is wrong." in texts[0]


def test_login_page_rate_limit_is_shown(accounts: AuthWorld) -> None:
    stranger = accounts.unregistered_user()

    pages = [submit_login(stranger) for _ in range(11)]

    assert pages[-1].status == 429
    assert int(pages[-1].headers["retry-after"]) > 0
    assert "Too many tries" in pages[-1].text


@pytest.mark.parametrize(
    ("wanted", "landing"),
    [
        ("/account/security", "/account/security"),
        ("//evil.test", "/"),
        ("https://evil.test", "/"),
        ("/\\evil.test", "/"),
    ],
)
def test_login_page_next_redirects_inside_the_site(
    accounts: AuthWorld, wanted: str, landing: str
) -> None:
    user = accounts.verified_user()

    assert submit_login(user, next=wanted).headers["location"] == landing


def test_account_page_without_session_redirects_to_login_and_back(accounts: AuthWorld) -> None:
    answer = open_page(accounts.new_client(), "/account/security")

    assert answer.status == 303
    assert answer.headers["location"] == "/login?next=%2Faccount%2Fsecurity"
    page = open_page(accounts.new_client(), answer.headers["location"])
    assert hidden_value(page, "next") == "/account/security"


def test_logout_page_ends_the_session(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    submit_login(user)
    cookie = user.web.cookies["__Host-sid"]

    assert user.web.post("/logout", form={}).headers["location"] == "/"

    assert "__Host-sid" not in user.web.cookies
    user.web.cookies["__Host-sid"] = cookie
    assert open_page(user.web, "/account").status == 303
    assert "Sign in" in open_page(user.web, "/_account-chip").text


def test_login_page_again_replaces_the_session(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    submit_login(user)
    submit_login(user)

    user.web.cookies, kept = {}, user.web.cookies
    user.log_in()
    assert len(user.web.get(f"{AUTH}/sessions").json["items"]) == 2
    assert kept


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "https://evil.test"},
        {"sec-fetch-site": "", "origin": "null"},
    ],
)
def test_cross_site_post_is_rejected(accounts: AuthWorld, headers: dict[str, str]) -> None:
    user = accounts.verified_user()
    submit_login(user)

    for path in ("/logout", "/account/sessions/end", "/account/close"):
        answer = user.web.post(path, form={"password": user.password}, headers=headers)
        assert answer.status == 403
    answer = user.web.put(f"{USERS}/profile", json={"displayName": "x"}, headers=headers)
    assert answer.problem["code"] == "cross-site-request"
    assert open_page(user.web, "/account").status == 200


def test_session_cookie_is_valid_for_the_api(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    submit_login(user)

    answer = user.web.put(
        f"{USERS}/profile", json={"displayName": "Otti"}, headers={"sec-fetch-site": "same-origin"}
    )

    assert answer.status == 200
    assert "Otti" in open_page(user.web, "/_account-chip").text


def test_staff_login_page_sets_the_staff_cookie(accounts: AuthWorld) -> None:
    admin, member = accounts.signed_in_admin(), accounts.verified_user()
    admin.web.token = None

    answer = submit_login(admin, "/staff/login")

    assert answer.headers["location"] == "/staff/verification"
    cookie = next(one for one in answer.cookies if one.startswith("__Host-adm="))
    assert "SameSite=strict" in cookie
    assert "__Host-sid" not in admin.web.cookies
    assert (
        open_page(admin.web, "/account").status == 303
    )  # a staff session is not valid for the site
    admin.web.cookies["__Host-sid"] = admin.web.cookies["__Host-adm"]
    assert open_page(admin.web, "/account").status == 303
    assert submit_login(member, "/staff/login").status == 401


@pytest.mark.slow
def test_two_step_pages_enrol_log_in_renew_and_disable(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.verified_user()
    submit_login(user)
    user.web.post("/account/two-step", form={"password": user.password})
    page = open_page(user.web, "/account/two-step")
    assert '<svg viewBox="' in page.text
    found = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", page.text)
    assert found
    secret = b32decode(found[1])
    wrong = user.web.post("/account/two-step/verify", form={"code": wrong_code(secret)})
    assert wrong.status == 401
    assert '<svg viewBox="' in wrong.text
    done = user.web.post(
        "/account/two-step/verify", form={"code": code_at(secret, step_at(clock.now()))}
    )
    codes = re.findall(r"<code>([a-z2-7-]{19})</code>", done.text)
    assert len(codes) == 10
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "60")

    user.web.cookies = {}
    first = submit_login(user, next="/account/security")
    assert first.status == 200
    assert not first.cookies
    form = {"challenge": hidden_value(first, "challenge"), "next": hidden_value(first, "next")}
    wrong = user.web.post("/login?step=code", form=form | {"code": wrong_code(secret)})
    assert wrong.status == 401
    assert hidden_value(wrong, "challenge") == form["challenge"]
    blank = user.web.post("/login?step=code", form=form)
    assert blank.status == 422
    code = code_at(secret, step_at(clock.now()))
    answer = user.web.post("/login?step=code", form=form | {"code": code})
    assert (answer.status, answer.headers["location"]) == (303, "/account/security")
    assert user.web.post("/login?step=code", form=form | {"code": codes[0]}).status == 409

    page = open_page(user.web, "/account/security")
    assert "10 recovery codes left" in page.text
    change = {"password": user.password, "code": codes[0]}
    renewed = user.web.post("/account/two-step/change", form=change | {"action": "renew"})
    assert codes[1] not in renewed.text
    new = re.findall(r"<code>([a-z2-7-]{19})</code>", renewed.text)
    change["code"] = new[0]
    off = user.web.post("/account/two-step/change", form=change | {"action": "disable"})
    assert "Two-step sign-in is off." in open_page(user.web, off.headers["location"]).text


def test_code_step_challenge_expires_after_five_minutes(
    accounts: AuthWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = accounts.signed_in_user()
    secret = user.web.post(f"{AUTH}/totp", json={"password": user.password}).json["secret"]
    code = code_at(b32decode(secret), step_at(clock.now()))
    user.web.post(f"{AUTH}/totp/verify", json={"code": code})
    user.web.token = None
    challenge = hidden_value(submit_login(user), "challenge")

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "301")

    code = code_at(b32decode(secret), step_at(clock.now()))
    answer = user.web.post("/login?step=code", form={"challenge": challenge, "code": code})
    assert answer.status == 409


def test_reset_pages_set_a_new_password(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    submit_login(user)
    assert "Check your e-mail" in user.web.post("/reset", form={"email": user.email}).text
    token = accounts.mailbox.last_mail(user.email).token

    assert "Choose a new password" in open_page(user.web, f"/reset/{token}").text
    refused = user.web.post(f"/reset/{token}", form={"newPassword": "short"})
    assert "Use at least 10 characters" in refused.text
    done = user.web.post(f"/reset/{token}", form={"newPassword": "another good password"})
    assert "Your password is changed" in done.text

    assert open_page(user.web, "/account").status == 303
    assert open_page(user.web, f"/reset/{token}").status == 409
    assert submit_login(user).status == 401
    user.password = "another good password"
    assert submit_login(user).status == 303


def test_account_page_saves_details_and_preferences(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    submit_login(user)
    details = {"displayName": "<Otti>", "firstName": "Ottilie", "phone": "+41 79 123 45 67"}

    answer = user.web.post("/account/profile", form=details)

    page = open_page(user.web, answer.headers["location"]).text
    assert "Your details are saved." in page
    assert "&lt;Otti&gt;" in page
    assert "<Otti>" not in page
    assert "+41791234567" in page
    assert "&lt;Otti&gt;" in open_page(user.web, "/_account-chip").text
    wrong = user.web.post("/account/profile", form=details | {"phone": "12"})
    assert wrong.status == 422
    assert "Write the phone number with its country" in wrong.text
    assert 'value="12"' in wrong.text
    user.web.post("/account/profile", form={"displayName": ""})
    assert "Ottilie" not in open_page(user.web, "/account").text

    chosen = {"language": "de", "timeZone": "Europe/Zurich", "theme": "dark"}
    answer = user.web.post("/account/preferences", form=chosen)
    assert answer.headers["location"] == "/account?done=preferences"
    wrong = user.web.post("/account/preferences", form=chosen | {"timeZone": "Mars/Base"})
    assert "Write the time zone as Europe/Zurich." in wrong.text


def test_security_page_changes_password_and_ends_sessions(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    submit_login(user)
    other = User(accounts.new_client(), user.email)
    submit_login(other)

    page = open_page(user.web, "/account/security").text
    assert "This device" in page
    (session,) = re.findall(r"/account/sessions/([0-9a-f]{32})/end", page)
    answer = user.web.post(f"/account/sessions/{session}/end", form={})
    assert "That device is signed out." in open_page(user.web, answer.headers["location"]).text
    assert open_page(other.web, "/account").status == 303

    submit_login(other)
    change = {"currentPassword": "not the right one", "newPassword": "another good password"}
    wrong = user.web.post("/account/password", form=change)
    assert "This is not your current password." in wrong.text
    change["currentPassword"] = user.password
    assert user.web.post("/account/password", form=change).status == 303
    assert open_page(user.web, "/account").status == 200
    assert open_page(other.web, "/account").status == 303
    ids = re.findall(r' id="([^"]+)"', open_page(user.web, "/account/security").text)
    assert len(ids) == len(set(ids))


def test_close_page_closes_the_account(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    submit_login(user)
    assert "cannot be undone" in open_page(user.web, "/account/close").text
    form = {"password": user.password, "confirm": "yes"}
    assert user.web.post("/account/close", form=form).status == 422

    answer = user.web.post("/account/close", form=form | {"confirm": "Close"})

    assert "Your account is closed" in answer.text
    assert "__Host-sid" not in user.web.cookies
    assert submit_login(user).status == 401
