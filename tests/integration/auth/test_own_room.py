"""A provider's own room: who gets a session for it, and what that session does not open."""

import base64
import re
from uuid import UUID

import pytest

from auth.domain.totp import code_at, step_at
from kit import clock
from kit.db import Database
from kit.ids import new_id
from tests.factories.auth import PASSWORD, USERS, Town, User
from tests.fixtures.functions import Answer

HTML = {"accept": "text/html"}
ROOM = "/mira-valen/admin"


def give_profile(database: Database, user: User, *slugs: str) -> None:
    """Store a draft as the directory would have it; the last address is the present one."""
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


def enter(user: User, room: str = ROOM, **more: str) -> Answer:
    """Send the room's sign-in form."""
    form = {"email": user.email, "password": user.password, **more}
    return user.web.post(f"{room}/login", form=form)


def hidden(page: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, name
    return found[1]


@pytest.fixture
def mira(town: Town, database: Database) -> User:
    user = town.member("escort")
    give_profile(database, user, "mira-of-old", "mira-valen")
    return user


def test_the_owner_gets_a_session_for_her_room(mira: User) -> None:
    answer = enter(mira)

    assert (answer.status, answer.headers["location"]) == (303, ROOM)
    cookie = next(one for one in answer.cookies if one.startswith("__Host-adm="))
    for attribute in ("Secure", "HttpOnly", "SameSite=strict", "Path=/"):
        assert attribute in cookie
    assert not any(one.startswith("__Host-sid=") for one in answer.cookies)


def test_a_former_address_lets_her_in_as_well(mira: User) -> None:
    assert enter(mira, "/mira-of-old/admin").headers["location"] == "/mira-of-old/admin"


def test_it_leads_to_where_she_wanted_to_go(mira: User) -> None:
    assert enter(mira, next=f"{ROOM}/tours").headers["location"] == f"{ROOM}/tours"
    assert enter(mira, next="//elsewhere.example").headers["location"] == ROOM


@pytest.mark.parametrize("role", ["client", "agency", "escort"])
def test_nobody_elses_password_opens_it(
    town: Town, mira: User, database: Database, role: str
) -> None:
    other = town.member(role)
    if role == "escort":
        give_profile(database, other, "somebody-else")
    stranger = town.stranger()

    answers = [enter(person) for person in (other, stranger)]

    for answer, person in zip(answers, (other, stranger), strict=True):
        assert answer.status == 401
        assert "The e-mail or the password is wrong." in answer.text
        assert not any(one.startswith("__Host-adm=") for one in answer.cookies)
        assert person.email in answer.text


def test_staff_have_no_key_to_it(town: Town, mira: User) -> None:
    assert enter(town.admin()).status == 401


def test_the_staffs_room_and_the_api_give_her_no_admin_session(mira: User) -> None:
    form = {"email": mira.email, "password": mira.password}

    assert mira.web.post("/staff/login", form=form).status == 401
    assert mira.log_in(audience="admin").problem["code"] == "credentials-wrong"


def test_the_page_does_not_tell_whose_address_it_is(town: Town, mira: User) -> None:
    web = town.client()

    pages = [web.get(f"/{slug}/admin/login", headers=HTML) for slug in ("mira-valen", "nobody-at")]

    assert [page.status for page in pages] == [200, 200]
    assert pages[0].text == pages[1].text.replace("nobody-at", "mira-valen")
    assert "noindex" in pages[0].text
    assert web.get("/Mira%5Cx/admin/login", headers=HTML).status == 422


def test_a_closed_profile_has_no_room(mira: User, database: Database) -> None:
    with database.transaction() as work:
        work.execute("UPDATE escorts.profiles SET closed_at = now()")

    assert enter(mira).status == 401


def test_the_second_factor_is_asked_for_here_too(town: Town, mira: User) -> None:
    mira.log_in()
    asked = mira.web.post("/api/v1/auth/totp", json={"password": PASSWORD})
    secret = asked.json["secret"]
    code = code_at(_key(secret), step_at(clock.now()))
    assert mira.web.post("/api/v1/auth/totp/verify", json={"code": code}).status == 200
    mira.web.token = None
    mira.web.cookies.clear()

    page = enter(mira, next=f"{ROOM}/week")

    assert page.status == 200
    assert f'action="{ROOM}/login?step=code"' in page.text
    assert not any(one.startswith("__Host-adm=") for one in page.cookies)
    form = {"challenge": hidden(page, "challenge"), "next": hidden(page, "next")}
    # The challenge of one room finishes in no room that is not hers.
    later = code_at(_key(secret), step_at(clock.now()) + 1)
    elsewhere = mira.web.post("/another/admin/login?step=code", form=form | {"code": later})
    assert elsewhere.status == 401
    answer = mira.web.post(f"{ROOM}/login?step=code", form=form | {"code": later})
    assert (answer.status, answer.headers["location"]) == (303, f"{ROOM}/week")


def _key(secret: str) -> bytes:
    return base64.b32decode(secret + "=" * (-len(secret) % 8))


def test_her_session_has_nothing_of_the_staffs(town: Town, mira: User) -> None:
    other = town.signed_in()
    enter(mira)

    status = {"status": "suspended", "reason": "a reason"}
    answer = mira.web.put(
        f"{USERS}/{other.id}/status", json=status, headers={"sec-fetch-site": "same-origin"}
    )

    assert (answer.status, answer.problem["code"]) == (403, "not-permitted")
    assert mira.web.get(f"{USERS}/{other.id}").status == 404
    chip = mira.web.get("/_account-chip", headers=HTML)
    assert "Staff" not in chip.text
    assert "Sign out" in chip.text


def test_the_staffs_network_is_not_hers(mira: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "192.0.2.0/24")

    assert enter(mira).status == 303
    assert mira.web.get(f"{USERS}/profile").status == 200


def test_leaving_the_room_ends_that_session_alone(mira: User, database: Database) -> None:
    form = {"email": mira.email, "password": mira.password}
    mira.web.post("/login", form=form)
    enter(mira)
    stolen = mira.web.cookies["__Host-adm"]

    answer = mira.web.post(f"{ROOM}/logout", form={})

    assert (answer.status, answer.headers["location"]) == (303, f"{ROOM}/login")
    assert "__Host-adm" not in mira.web.cookies
    assert mira.web.get("/account", headers=HTML).status == 200
    site = mira.web.cookies.pop("__Host-sid")
    mira.web.cookies["__Host-adm"] = stolen
    assert mira.web.get("/account", headers=HTML).status == 303
    assert site


def test_a_suspension_shuts_the_room(town: Town, mira: User) -> None:
    admin = town.admin()
    enter(mira)
    user_id = UUID(mira.web.get(f"{USERS}/profile").json["id"])
    status = {"status": "suspended", "reason": "a reason"}

    assert admin.web.put(f"{USERS}/{user_id}/status", json=status).status == 200

    assert mira.web.get("/account", headers=HTML).status == 303
    assert enter(mira).status == 403
