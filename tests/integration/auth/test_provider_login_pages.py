"""Login to a provider's dashboard: accounts that get a session, and the limits of that session."""

import base64
import re
from uuid import UUID

import pytest

from auth.domain.totp import code_at, step_at
from kit import clock
from kit.db import Database
from kit.ids import new_id
from tests.factories.auth import PASSWORD, USERS, AuthWorld, User
from tests.fixtures.functions import Answer

HTML = {"accept": "text/html"}
DASHBOARD = "/mira-valen/admin"


def add_profile(database: Database, user: User, *slugs: str) -> None:
    """Insert a draft profile with these slugs; the last one is current."""
    profile_id = new_id()
    with database.transaction() as work:
        row = work.execute("SELECT id FROM auth.users WHERE email = %s", (user.email,)).fetchone()
        assert row is not None
        for slug in slugs:
            work.execute(
                "INSERT INTO escorts.slugs (slug, profile_id, claimed_at) VALUES (%s, %s, now())",
                (slug, profile_id),
            )
        work.execute(
            """
            INSERT INTO escorts.profiles (id, user_id, slug, name, city, birth_date_sealed, age,
                age_checked_on, over18, over18_attested_at, created_at, updated_at)
            VALUES (%s, %s, %s, 'Mira', 'berlin', 'x', 30, current_date, true, now(), now(), now())
            """,
            (profile_id, row["id"], slugs[-1]),
        )


def submit_login(user: User, path: str = DASHBOARD, **more: str) -> Answer:
    """Submit the dashboard's login form."""
    form = {"email": user.email, "password": user.password, **more}
    return user.web.post(f"{path}/login", form=form)


def hidden_value(page: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, name
    return found[1]


@pytest.fixture
def provider(accounts: AuthWorld, database: Database) -> User:
    user = accounts.verified_user("escort")
    add_profile(database, user, "mira-of-old", "mira-valen")
    return user


def test_provider_login_owner_gets_admin_cookie(provider: User) -> None:
    answer = submit_login(provider)

    assert (answer.status, answer.headers["location"]) == (303, DASHBOARD)
    cookie = next(one for one in answer.cookies if one.startswith("__Host-adm="))
    for attribute in ("Secure", "HttpOnly", "SameSite=strict", "Path=/"):
        assert attribute in cookie
    assert not any(one.startswith("__Host-sid=") for one in answer.cookies)


def test_provider_login_former_slug_is_accepted(provider: User) -> None:
    assert submit_login(provider, "/mira-of-old/admin").headers["location"] == "/mira-of-old/admin"


def test_provider_login_next_redirects_inside_the_site(provider: User) -> None:
    assert (
        submit_login(provider, next=f"{DASHBOARD}/tours").headers["location"]
        == f"{DASHBOARD}/tours"
    )
    assert submit_login(provider, next="//elsewhere.example").headers["location"] == DASHBOARD


@pytest.mark.parametrize("role", ["client", "agency", "escort"])
def test_provider_login_other_account_is_rejected(
    accounts: AuthWorld, provider: User, database: Database, role: str
) -> None:
    other = accounts.verified_user(role)
    if role == "escort":
        add_profile(database, other, "another-provider")
    stranger = accounts.unregistered_user()

    answers = [submit_login(person) for person in (other, stranger)]

    for answer, person in zip(answers, (other, stranger), strict=True):
        assert answer.status == 401
        assert "The e-mail or the password is wrong." in answer.text
        assert not any(one.startswith("__Host-adm=") for one in answer.cookies)
        assert person.email in answer.text


def test_provider_login_staff_is_rejected(accounts: AuthWorld, provider: User) -> None:
    assert submit_login(accounts.signed_in_admin()).status == 401


def test_staff_login_and_api_provider_is_rejected(provider: User) -> None:
    form = {"email": provider.email, "password": provider.password}

    assert provider.web.post("/staff/login", form=form).status == 401
    assert provider.log_in(audience="admin").problem["code"] == "credentials-wrong"


def test_provider_login_page_is_the_same_for_every_slug(
    accounts: AuthWorld, provider: User
) -> None:
    web = accounts.new_client()

    pages = [
        web.get(f"/{slug}/admin/login", headers=HTML) for slug in ("mira-valen", "unknown-slug")
    ]

    assert [page.status for page in pages] == [200, 200]
    assert pages[0].text == pages[1].text.replace("unknown-slug", "mira-valen")
    assert "noindex" in pages[0].text
    assert web.get("/Mira%5Cx/admin/login", headers=HTML).status == 422


def test_provider_login_closed_profile_is_rejected(provider: User, database: Database) -> None:
    with database.transaction() as work:
        work.execute("UPDATE escorts.profiles SET closed_at = now()")

    assert submit_login(provider).status == 401


def test_provider_login_with_second_factor_asks_for_code(
    accounts: AuthWorld, provider: User
) -> None:
    provider.log_in()
    asked = provider.web.post("/api/v1/auth/totp", json={"password": PASSWORD})
    secret = asked.json["secret"]
    code = code_at(_secret_bytes(secret), step_at(clock.now()))
    assert provider.web.post("/api/v1/auth/totp/verify", json={"code": code}).status == 200
    provider.web.token = None
    provider.web.cookies.clear()

    page = submit_login(provider, next=f"{DASHBOARD}/week")

    assert page.status == 200
    assert f'action="{DASHBOARD}/login?step=code"' in page.text
    assert not any(one.startswith("__Host-adm=") for one in page.cookies)
    form = {"challenge": hidden_value(page, "challenge"), "next": hidden_value(page, "next")}
    # The challenge does not complete a login at a slug that is not the provider's.
    later = code_at(_secret_bytes(secret), step_at(clock.now()) + 1)
    elsewhere = provider.web.post("/another/admin/login?step=code", form=form | {"code": later})
    assert elsewhere.status == 401
    answer = provider.web.post(f"{DASHBOARD}/login?step=code", form=form | {"code": later})
    assert (answer.status, answer.headers["location"]) == (303, f"{DASHBOARD}/week")


def _secret_bytes(secret: str) -> bytes:
    return base64.b32decode(secret + "=" * (-len(secret) % 8))


def test_provider_session_has_no_staff_permissions(accounts: AuthWorld, provider: User) -> None:
    other = accounts.signed_in_user()
    submit_login(provider)

    status = {"status": "suspended", "reason": "a reason"}
    answer = provider.web.put(
        f"{USERS}/{other.id}/status", json=status, headers={"sec-fetch-site": "same-origin"}
    )

    assert (answer.status, answer.problem["code"]) == (403, "not-permitted")
    assert provider.web.get(f"{USERS}/{other.id}").status == 404
    chip = provider.web.get("/_account-chip", headers=HTML)
    assert "Staff" not in chip.text
    assert "Sign out" in chip.text


def test_provider_session_ignores_the_staff_network(
    provider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "192.0.2.0/24")

    assert submit_login(provider).status == 303
    assert provider.web.get(f"{USERS}/profile").status == 200


def test_provider_logout_ends_only_its_session(provider: User, database: Database) -> None:
    form = {"email": provider.email, "password": provider.password}
    provider.web.post("/login", form=form)
    submit_login(provider)
    stolen = provider.web.cookies["__Host-adm"]

    answer = provider.web.post(f"{DASHBOARD}/logout", form={})

    assert (answer.status, answer.headers["location"]) == (303, f"{DASHBOARD}/login")
    assert "__Host-adm" not in provider.web.cookies
    assert provider.web.get("/account", headers=HTML).status == 200
    site = provider.web.cookies.pop("__Host-sid")
    provider.web.cookies["__Host-adm"] = stolen
    assert provider.web.get("/account", headers=HTML).status == 303
    assert site


def test_provider_session_ends_on_suspension(accounts: AuthWorld, provider: User) -> None:
    admin = accounts.signed_in_admin()
    submit_login(provider)
    user_id = UUID(provider.web.get(f"{USERS}/profile").json["id"])
    status = {"status": "suspended", "reason": "a reason"}

    assert admin.web.put(f"{USERS}/{user_id}/status", json=status).status == 200

    assert provider.web.get("/account", headers=HTML).status == 303
    assert submit_login(provider).status == 403
