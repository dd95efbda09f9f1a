"""The pages, as a browser without scripts uses them."""

import re
from base64 import b32decode

import pytest

from auth.domain.totp import code_at, step_at
from kit import clock
from tests.factories.auth import AUTH, PASSWORD, USERS, Town, User, wrong_code
from tests.fixtures.functions import Answer, FunctionClient

HTML = {"accept": "text/html"}


def see(web: FunctionClient, path: str) -> Answer:
    """Open a page."""
    return web.get(path, headers=HTML)


def enter(user: User, path: str = "/login", **more: str) -> Answer:
    """Send the sign-in form."""
    form = {"email": user.email, "password": user.password, **more}
    return user.web.post(path, form=form)


def hidden(page: Answer, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page.text)
    assert found, name
    return found[1]


@pytest.mark.parametrize("path", ["/register", "/login", "/staff/login", "/verify", "/reset"])
def test_a_page_with_a_form(town: Town, path: str) -> None:
    page = see(town.client(), path)

    assert page.status == 200
    assert '<form class="form" method="post"' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))


def test_the_whole_way_in(town: Town) -> None:
    user = town.stranger()
    form = {"email": user.email, "password": user.password, "role": "escort", "adult": "true"}
    answer = user.web.post("/register", form=form)
    assert (answer.status, answer.headers["location"]) == (303, "/verify")

    token = town.mailbox.last(user.email).token
    for _ in range(2):  # a mail scanner looks first
        assert "Confirm the address" in see(user.web, f"/verify/{token}").text
    refused = enter(user)
    assert refused.status == 403
    assert "Confirm your e-mail address first" in refused.text
    assert user.web.post(f"/verify/{token}", form={}).status == 200

    answer = enter(user)
    assert (answer.status, answer.headers["location"]) == (303, "/profile")
    cookie = next(one for one in answer.cookies if one.startswith("__Host-sid="))
    for attribute in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute in cookie
    assert user.email in see(user.web, "/account").text
    assert "Sign out" in see(user.web, "/_account-chip").text


def test_a_used_link_says_what_to_do(town: Town) -> None:
    user = town.registered()
    token = town.mailbox.last(user.email).token
    user.web.post(f"/verify/{token}", form={})

    again = user.web.post(f"/verify/{token}", form={})

    assert again.status == 409
    assert "used already or has expired" in again.text
    assert "Send the link again" in again.text
    answer = user.web.post("/verify", form={"email": user.email})
    assert (answer.status, answer.headers["location"]) == (303, "/verify")


def test_mistakes_are_shown_in_the_form(town: Town) -> None:
    web = town.client()

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


def test_the_page_does_not_tell_who_has_an_account(town: Town) -> None:
    member, stranger = town.member(), town.stranger()
    member.password = "not the right one"

    pages = [enter(person) for person in (member, stranger)]

    texts = [
        page.text.replace(p.email, "") for page, p in zip(pages, (member, stranger), strict=True)
    ]
    assert texts[0] == texts[1]
    assert [page.status for page in pages] == [401, 401]
    assert "The e-mail or the password is wrong." in texts[0]


def test_too_many_tries(town: Town) -> None:
    stranger = town.stranger()

    pages = [enter(stranger) for _ in range(11)]

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
def test_where_signing_in_leads(town: Town, wanted: str, landing: str) -> None:
    user = town.member()

    assert enter(user, next=wanted).headers["location"] == landing


def test_a_page_for_members_leads_to_sign_in_and_back(town: Town) -> None:
    answer = see(town.client(), "/account/security")

    assert answer.status == 303
    assert answer.headers["location"] == "/login?next=%2Faccount%2Fsecurity"
    page = see(town.client(), answer.headers["location"])
    assert hidden(page, "next") == "/account/security"


def test_signing_out(town: Town) -> None:
    user = town.member()
    enter(user)
    cookie = user.web.cookies["__Host-sid"]

    assert user.web.post("/logout", form={}).headers["location"] == "/"

    assert "__Host-sid" not in user.web.cookies
    user.web.cookies["__Host-sid"] = cookie
    assert see(user.web, "/account").status == 303
    assert "Sign in" in see(user.web, "/_account-chip").text


def test_signing_in_again_replaces_the_session(town: Town) -> None:
    user = town.member()
    enter(user)
    enter(user)

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
def test_another_site_cannot_post_for_a_member(town: Town, headers: dict[str, str]) -> None:
    user = town.member()
    enter(user)

    for path in ("/logout", "/account/sessions/end", "/account/close"):
        answer = user.web.post(path, form={"password": user.password}, headers=headers)
        assert answer.status == 403
    answer = user.web.put(f"{USERS}/profile", json={"displayName": "x"}, headers=headers)
    assert answer.problem["code"] == "cross-site-request"
    assert see(user.web, "/account").status == 200


def test_a_cookie_opens_the_api_too(town: Town) -> None:
    user = town.member()
    enter(user)

    answer = user.web.put(
        f"{USERS}/profile", json={"displayName": "Otti"}, headers={"sec-fetch-site": "same-origin"}
    )

    assert answer.status == 200
    assert "Otti" in see(user.web, "/_account-chip").text


def test_staff_have_a_cookie_and_pages_of_their_own(town: Town) -> None:
    admin, member = town.admin(), town.member()
    admin.web.token = None

    answer = enter(admin, "/staff/login")

    assert answer.headers["location"] == "/staff/verification"
    cookie = next(one for one in answer.cookies if one.startswith("__Host-adm="))
    assert "SameSite=strict" in cookie
    assert "__Host-sid" not in admin.web.cookies
    assert see(admin.web, "/account").status == 303  # the site's room is another
    admin.web.cookies["__Host-sid"] = admin.web.cookies["__Host-adm"]
    assert see(admin.web, "/account").status == 303
    assert enter(member, "/staff/login").status == 401


@pytest.mark.slow
def test_the_second_step(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.member()
    enter(user)
    user.web.post("/account/two-step", form={"password": user.password})
    page = see(user.web, "/account/two-step")
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
    first = enter(user, next="/account/security")
    assert first.status == 200
    assert not first.cookies
    form = {"challenge": hidden(first, "challenge"), "next": hidden(first, "next")}
    wrong = user.web.post("/login?step=code", form=form | {"code": wrong_code(secret)})
    assert wrong.status == 401
    assert hidden(wrong, "challenge") == form["challenge"]
    blank = user.web.post("/login?step=code", form=form)
    assert blank.status == 422
    code = code_at(secret, step_at(clock.now()))
    answer = user.web.post("/login?step=code", form=form | {"code": code})
    assert (answer.status, answer.headers["location"]) == (303, "/account/security")
    assert user.web.post("/login?step=code", form=form | {"code": codes[0]}).status == 409

    page = see(user.web, "/account/security")
    assert "10 recovery codes left" in page.text
    change = {"password": user.password, "code": codes[0]}
    renewed = user.web.post("/account/two-step/change", form=change | {"action": "renew"})
    assert codes[1] not in renewed.text
    new = re.findall(r"<code>([a-z2-7-]{19})</code>", renewed.text)
    change["code"] = new[0]
    off = user.web.post("/account/two-step/change", form=change | {"action": "disable"})
    assert "Two-step sign-in is off." in see(user.web, off.headers["location"]).text


def test_a_challenge_lives_five_minutes(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user = town.signed_in()
    secret = user.web.post(f"{AUTH}/totp", json={"password": user.password}).json["secret"]
    code = code_at(b32decode(secret), step_at(clock.now()))
    user.web.post(f"{AUTH}/totp/verify", json={"code": code})
    user.web.token = None
    challenge = hidden(enter(user), "challenge")

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "301")

    code = code_at(b32decode(secret), step_at(clock.now()))
    answer = user.web.post("/login?step=code", form={"challenge": challenge, "code": code})
    assert answer.status == 409


def test_resetting_the_password(town: Town) -> None:
    user = town.member()
    enter(user)
    assert "Check your e-mail" in user.web.post("/reset", form={"email": user.email}).text
    token = town.mailbox.last(user.email).token

    assert "Choose a new password" in see(user.web, f"/reset/{token}").text
    refused = user.web.post(f"/reset/{token}", form={"newPassword": "short"})
    assert "Use at least 10 characters" in refused.text
    done = user.web.post(f"/reset/{token}", form={"newPassword": "another good password"})
    assert "Your password is changed" in done.text

    assert see(user.web, "/account").status == 303
    assert see(user.web, f"/reset/{token}").status == 409
    assert enter(user).status == 401
    user.password = "another good password"
    assert enter(user).status == 303


def test_details_and_preferences(town: Town) -> None:
    user = town.member()
    enter(user)
    details = {"displayName": "<Otti>", "firstName": "Ottilie", "phone": "+41 79 123 45 67"}

    answer = user.web.post("/account/profile", form=details)

    page = see(user.web, answer.headers["location"]).text
    assert "Your details are saved." in page
    assert "&lt;Otti&gt;" in page
    assert "<Otti>" not in page
    assert "+41791234567" in page
    assert "&lt;Otti&gt;" in see(user.web, "/_account-chip").text
    wrong = user.web.post("/account/profile", form=details | {"phone": "12"})
    assert wrong.status == 422
    assert "Write the phone number with its country" in wrong.text
    assert 'value="12"' in wrong.text
    user.web.post("/account/profile", form={"displayName": ""})
    assert "Ottilie" not in see(user.web, "/account").text

    chosen = {"language": "de", "timeZone": "Europe/Zurich", "theme": "dark"}
    answer = user.web.post("/account/preferences", form=chosen)
    assert answer.headers["location"] == "/account?done=preferences"
    wrong = user.web.post("/account/preferences", form=chosen | {"timeZone": "Mars/Base"})
    assert "Write the time zone as Europe/Zurich." in wrong.text


def test_password_and_devices(town: Town) -> None:
    user = town.member()
    enter(user)
    other = User(town.client(), user.email)
    enter(other)

    page = see(user.web, "/account/security").text
    assert "This device" in page
    (session,) = re.findall(r"/account/sessions/([0-9a-f]{32})/end", page)
    answer = user.web.post(f"/account/sessions/{session}/end", form={})
    assert "That device is signed out." in see(user.web, answer.headers["location"]).text
    assert see(other.web, "/account").status == 303

    enter(other)
    change = {"currentPassword": "not the right one", "newPassword": "another good password"}
    wrong = user.web.post("/account/password", form=change)
    assert "This is not your current password." in wrong.text
    change["currentPassword"] = user.password
    assert user.web.post("/account/password", form=change).status == 303
    assert see(user.web, "/account").status == 200
    assert see(other.web, "/account").status == 303
    ids = re.findall(r' id="([^"]+)"', see(user.web, "/account/security").text)
    assert len(ids) == len(set(ids))


def test_closing_the_account(town: Town) -> None:
    user = town.member()
    enter(user)
    assert "cannot be undone" in see(user.web, "/account/close").text
    form = {"password": user.password, "confirm": "yes"}
    assert user.web.post("/account/close", form=form).status == 422

    answer = user.web.post("/account/close", form=form | {"confirm": "Close"})

    assert "Your account is closed" in answer.text
    assert "__Host-sid" not in user.web.cookies
    assert enter(user).status == 401
