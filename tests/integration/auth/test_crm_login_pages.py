"""Login to the CRM in a browser: accounts that get a session, its validity and its end."""

import re
from base64 import b32decode

import pytest

from kit import clock
from kit.db import Database
from tests.factories.auth import AUTH, PASSWORD, USERS, AuthWorld, User, wrong_code
from tests.fixtures.functions import Answer
from tests.integration.auth.test_provider_login_pages import add_profile, hidden_value
from tests.integration.auth.test_second_factor_api import current_code, enrol_second_factor

HTML = {"accept": "text/html"}
CRM = "/mira-valen/crm"
COOKIE = "__Secure-crm"
SESSIONS = "/api/v1/crm/mira-valen/session"


def submit_login(user: User, base_path: str = CRM, **more: str) -> Answer:
    """Submit the CRM's login form."""
    form = {"email": user.email, "password": user.password, **more}
    return user.web.post(f"{base_path}/login", form=form)


def request_sessions(user: User) -> Answer:
    """Request a resource that needs a CRM session."""
    return user.web.get(SESSIONS)


@pytest.fixture
def provider(accounts: AuthWorld, database: Database) -> User:
    user = accounts.verified_user("escort")
    add_profile(database, user, "mira-of-old", "mira-valen")
    return user


def test_crm_login_owner_gets_cookie_on_the_crm_path(provider: User) -> None:
    answer = submit_login(provider)

    assert (answer.status, answer.headers["location"]) == (303, CRM)
    cookie = next(one for one in answer.cookies if one.startswith(f"{COOKIE}="))
    for attribute in ("Secure", "HttpOnly", "SameSite=strict", f"Path={CRM};", "Max-Age=28800"):
        assert attribute in f"{cookie};"
    assert not any(one.startswith(("__Host-adm=", "__Host-sid=")) for one in answer.cookies)
    assert request_sessions(provider).status == 200


def test_crm_login_next_redirects_only_inside_the_crm(provider: User) -> None:
    assert submit_login(provider, next=f"{CRM}/clients").headers["location"] == f"{CRM}/clients"
    for elsewhere in ("//evil.example", "/mira-valen/admin", f"{CRM}x", "/", f"/a{CRM}"):
        assert submit_login(provider, next=elsewhere).headers["location"] == CRM
    page = provider.web.get(f"{CRM}/login?next={CRM}/visits", headers=HTML)
    assert hidden_value(page, "next") == f"{CRM}/visits"
    assert 'name="next"' not in provider.web.get(f"{CRM}/login?next=/account", headers=HTML).text


def test_crm_login_page_is_the_same_for_every_slug(accounts: AuthWorld, provider: User) -> None:
    """Guessing a slug must not reveal whether a profile has it, nor what the page leads to (CC01)."""
    web = accounts.new_client()
    slugs = ("mira-valen", "mira-of-old", "unknown-slug")

    pages = [web.get(f"/{slug}/crm/login", headers=HTML) for slug in slugs]

    assert [page.status for page in pages] == [200, 200, 200]
    texts = {page.text.replace(slug, "someone") for page, slug in zip(pages, slugs, strict=True)}
    assert len(texts) == 1
    (text,) = texts
    assert "<title>Sign in</title>" in text
    assert re.search(r"<h1>Sign in</h1>", text)
    assert "noindex" in text
    assert pages[0].headers["cache-control"] == "no-store"
    words = re.sub(r"<[^>]+>", " ", text).lower()
    for betraying in ("crm", "client", "book", "private", "vault", "companion"):
        assert betraying not in words, betraying
    assert web.get("/Mira%5Cx/crm/login", headers=HTML).status == 422


def test_crm_login_error_is_the_same_for_every_slug(accounts: AuthWorld, provider: User) -> None:
    wrong = User(provider.web, provider.email, "not the right one")

    answers = [
        submit_login(wrong),
        submit_login(wrong, "/unknown-slug/crm"),
        submit_login(provider, "/unknown-slug/crm"),
    ]

    assert [answer.status for answer in answers] == [401, 401, 401]
    texts = {answer.text.replace("unknown-slug", "mira-valen") for answer in answers}
    assert len(texts) == 1
    assert "The e-mail or the password is wrong." in texts.pop()
    assert COOKIE not in provider.web.cookies


@pytest.mark.parametrize("role", ["client", "agency", "escort", "admin"])
def test_crm_login_other_account_is_rejected(
    accounts: AuthWorld, provider: User, database: Database, role: str
) -> None:
    other = accounts.signed_in_admin() if role == "admin" else accounts.verified_user(role)
    if role == "escort":
        add_profile(database, other, "another-provider")

    answer = submit_login(other)

    assert answer.status == 401
    assert "The e-mail or the password is wrong." in answer.text
    assert COOKIE not in other.web.cookies


@pytest.mark.parametrize("login_path", ["/login", "/mira-valen/admin/login"])
def test_crm_other_session_is_rejected(provider: User, login_path: str) -> None:
    form = {"email": provider.email, "password": provider.password}
    assert provider.web.post(login_path, form=form).status == 303

    assert request_sessions(provider).status == 401
    provider.web.cookies[COOKIE] = next(iter(provider.web.cookies.values()))
    assert request_sessions(provider).status == 401
    # Another session does not skip the login form.
    assert "Password" in provider.web.get(f"{CRM}/login", headers=HTML).text


def test_crm_session_is_not_valid_elsewhere(provider: User) -> None:
    submit_login(provider)
    credential = provider.web.cookies[COOKIE]

    for name in (COOKIE, "__Host-sid", "__Host-adm"):
        provider.web.cookies = {name: credential}
        assert provider.web.get(f"{USERS}/profile").status == 401
        assert provider.web.get("/account", headers=HTML).status == 303
        assert "Sign out" not in provider.web.get("/_account-chip", headers=HTML).text


def test_crm_login_with_second_factor_asks_for_code(
    provider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.log_in()
    secret, _ = enrol_second_factor(provider, monkeypatch)
    provider.web.token = None
    provider.web.cookies.clear()

    page = submit_login(provider, next=f"{CRM}/visits", networkMayChange="true")

    assert page.status == 200
    assert f'action="{CRM}/login?step=code"' in page.text
    assert COOKIE not in provider.web.cookies
    fields = ("challenge", "next", "networkMayChange")
    form = {name: hidden_value(page, name) for name in fields} | {"code": current_code(secret)}
    # The challenge does not complete a login at a slug that is not the provider's.
    assert provider.web.post("/another/crm/login?step=code", form=form).status == 401
    wrong = provider.web.post(
        f"{CRM}/login?step=code", form=form | {"code": wrong_code(b32decode(secret))}
    )
    assert wrong.status == 401
    assert hidden_value(wrong, "networkMayChange") == "true"
    answer = provider.web.post(f"{CRM}/login?step=code", form=form)
    assert (answer.status, answer.headers["location"]) == (303, f"{CRM}/visits")
    provider.web.ip = "192.0.2.9"
    assert request_sessions(provider).status == 200


def test_crm_logout_ends_only_its_session_and_clears_cookies(provider: User) -> None:
    provider.web.post("/login", form={"email": provider.email, "password": provider.password})
    submit_login(provider)
    stolen = provider.web.cookies[COOKIE]

    answer = provider.web.post(f"{CRM}/logout", form={})

    assert (answer.status, answer.headers["location"]) == (303, f"{CRM}/login")
    gone = {one.partition("=")[0]: one for one in answer.cookies}
    assert gone.keys() == {COOKIE, "__Secure-crm-key"}
    for one in gone.values():
        assert "Max-Age=0" in one
        assert f"Path={CRM};" in f"{one};"
    assert provider.web.get("/account", headers=HTML).status == 200
    provider.web.cookies[COOKIE] = stolen
    assert request_sessions(provider).status == 401
    assert provider.web.post(f"{CRM}/logout", form={}).status == 303


def test_crm_login_again_replaces_session_and_unlock_cookie(provider: User) -> None:
    submit_login(provider)
    provider.web.cookies["__Secure-crm-key"] = "x"

    submit_login(provider)

    assert "__Secure-crm-key" not in provider.web.cookies
    assert len(request_sessions(provider).json["items"]) == 1


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (16, 401)])
def test_crm_session_expires_after_15_idle_minutes(
    provider: User, monkeypatch: pytest.MonkeyPatch, minutes: int, status: int
) -> None:
    submit_login(provider)

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(60 * minutes))

    assert request_sessions(provider).status == status


@pytest.mark.slow
def test_crm_session_expires_after_8_hours_of_use(
    provider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit_login(provider)
    start = clock.now()
    # Use is recorded by the minute, not only every five minutes.
    for minutes in range(13, 8 * 60, 13):
        monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(60 * minutes))
        assert request_sessions(provider).status == 200, minutes

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(60 * 8 * 60 + 1))
    assert (clock.now() - start).total_seconds() > 8 * 3600
    assert request_sessions(provider).status == 401


@pytest.mark.parametrize("same", ["198.51.100.250", "::ffff:198.51.100.9"])
def test_crm_session_other_address_in_same_network_is_accepted(provider: User, same: str) -> None:
    submit_login(provider)
    provider.web.ip = same

    assert request_sessions(provider).status == 200


@pytest.mark.parametrize("other", ["198.51.101.1", "2001:db8::1", "unknown"])
def test_crm_session_other_network_ends_session(
    accounts: AuthWorld, provider: User, other: str
) -> None:
    submit_login(provider)
    home, provider.web.ip = provider.web.ip, other

    first = request_sessions(provider)
    provider.web.ip = home
    second = request_sessions(provider)

    for answer in (first, second):
        assert (answer.status, answer.problem["code"]) == (401, "network-changed")
    page = provider.web.get(f"{CRM}/login", headers=HTML)
    assert "Your network changed" in page.text
    # The owner can log in again at once, and the page does not mention the network any more.
    assert submit_login(provider).status == 303
    assert "Your network changed" not in provider.web.get(f"{CRM}/login", headers=HTML).text
    assert len(request_sessions(provider).json["items"]) == 1
    assert (
        "Your network changed" not in accounts.new_client().get(f"{CRM}/login", headers=HTML).text
    )


def test_crm_session_network_change_allowed_continues(provider: User) -> None:
    page = provider.web.get(f"{CRM}/login", headers=HTML)
    assert 'name="networkMayChange"' in page.text
    assert 'name="networkMayChange"' not in provider.web.get("/login", headers=HTML).text
    submit_login(provider, networkMayChange="true")
    provider.web.ip = "192.0.2.77"

    assert request_sessions(provider).status == 200
    assert [one["network"] for one in request_sessions(provider).json["items"]] == ["192.0.2.77"]


def test_security_page_crm_session_is_named_neutrally_and_can_be_ended(provider: User) -> None:
    submit_login(provider)
    provider.web.post("/login", form={"email": provider.email, "password": provider.password})

    page = provider.web.get("/account/security", headers=HTML).text

    assert "Private area" in page
    assert "crm" not in re.sub(r"<[^>]+>", " ", page).lower()
    (session,) = re.findall(r"/account/sessions/([0-9a-f]{32})/end", page)
    assert provider.web.post(f"/account/sessions/{session}/end", form={}).status == 303
    assert request_sessions(provider).status == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/change-password", {"currentPassword": PASSWORD, "newPassword": PASSWORD + "!"}),
        ("DELETE", "/sessions", None),
        ("DELETE", "/sessions?keepCurrent=true", None),
    ],
    ids=["new password", "everywhere", "every other device"],
)
def test_crm_session_ends_with_all_other_sessions(
    accounts: AuthWorld, provider: User, method: str, path: str, body: dict[str, str] | None
) -> None:
    submit_login(provider)
    elsewhere = User(accounts.new_client(), provider.email)
    elsewhere.log_in()
    assert request_sessions(provider).status == 200

    assert elsewhere.web.request(method, f"{AUTH}{path}", json=body).status == 204

    assert request_sessions(provider).status == 401


def test_crm_session_ends_on_password_reset(accounts: AuthWorld, provider: User) -> None:
    submit_login(provider)
    web = accounts.new_client()
    web.post(f"{AUTH}/forgot-password", json={"email": provider.email})
    body = {
        "token": accounts.mailbox.last_mail(provider.email).token,
        "newPassword": "another horse battery",
    }

    assert web.post(f"{AUTH}/reset-password", json=body).status == 200

    assert request_sessions(provider).status == 401


@pytest.mark.parametrize("decision", ["suspended", "banned"])
def test_crm_session_ends_on_suspension_or_ban(
    accounts: AuthWorld, provider: User, decision: str
) -> None:
    admin = accounts.signed_in_admin()
    provider.log_in()
    provider.web.token = None
    submit_login(provider)
    status = {"status": decision, "reason": "a reason"}

    assert admin.web.put(f"{USERS}/{provider.id}/status", json=status).status == 200

    assert request_sessions(provider).status == 401
    assert submit_login(provider).status == 403


def test_crm_login_new_device_mail_is_neutral(accounts: AuthWorld, provider: User) -> None:
    submit_login(provider)
    submit_login(User(accounts.new_client(), provider.email))

    mail = accounts.mailbox.last_mail(provider.email)

    assert mail.subject == "A new sign-in to your account"
    assert "crm" not in mail.text.lower()
