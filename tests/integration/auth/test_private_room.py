"""The private room (CRM): who gets a session for it by a browser, how it ends, and what it opens."""

import re
from base64 import b32decode

import pytest

from kit import clock
from kit.db import Database
from tests.factories.auth import AUTH, PASSWORD, USERS, Town, User, wrong_code
from tests.fixtures.functions import Answer
from tests.integration.auth.test_own_room import give_profile, hidden
from tests.integration.auth.test_second_factor import code, enrolled

HTML = {"accept": "text/html"}
ROOM = "/mira-valen/crm"
COOKIE = "__Secure-crm"
SESSIONS = "/api/v1/crm/mira-valen/session"


def enter(user: User, room: str = ROOM, **more: str) -> Answer:
    """Send the room's sign-in form."""
    form = {"email": user.email, "password": user.password, **more}
    return user.web.post(f"{room}/login", form=form)


def opened(user: User) -> Answer:
    """Ask for something behind the door."""
    return user.web.get(SESSIONS)


@pytest.fixture
def mira(town: Town, database: Database) -> User:
    user = town.member("escort")
    give_profile(database, user, "mira-of-old", "mira-valen")
    return user


def test_the_owner_gets_a_session_on_a_path_of_its_own(mira: User) -> None:
    answer = enter(mira)

    assert (answer.status, answer.headers["location"]) == (303, ROOM)
    cookie = next(one for one in answer.cookies if one.startswith(f"{COOKIE}="))
    for attribute in ("Secure", "HttpOnly", "SameSite=strict", f"Path={ROOM};", "Max-Age=28800"):
        assert attribute in f"{cookie};"
    assert not any(one.startswith(("__Host-adm=", "__Host-sid=")) for one in answer.cookies)
    assert opened(mira).status == 200


def test_it_leads_to_where_she_wanted_to_go_inside_and_nowhere_else(mira: User) -> None:
    assert enter(mira, next=f"{ROOM}/clients").headers["location"] == f"{ROOM}/clients"
    for elsewhere in ("//evil.example", "/mira-valen/admin", f"{ROOM}x", "/", f"/a{ROOM}"):
        assert enter(mira, next=elsewhere).headers["location"] == ROOM
    page = mira.web.get(f"{ROOM}/login?next={ROOM}/visits", headers=HTML)
    assert hidden(page, "next") == f"{ROOM}/visits"
    assert 'name="next"' not in mira.web.get(f"{ROOM}/login?next=/account", headers=HTML).text


def test_every_address_has_the_same_door(town: Town, mira: User) -> None:
    """A guessable address announces nothing (CC01): not that it is somebody's, nor what is behind it."""
    web = town.client()
    slugs = ("mira-valen", "mira-of-old", "nobody-at")

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


def test_every_address_refuses_in_the_same_words(town: Town, mira: User) -> None:
    wrong = User(mira.web, mira.email, "not the right one")

    answers = [enter(wrong), enter(wrong, "/nobody-at/crm"), enter(mira, "/nobody-at/crm")]

    assert [answer.status for answer in answers] == [401, 401, 401]
    texts = {answer.text.replace("nobody-at", "mira-valen") for answer in answers}
    assert len(texts) == 1
    assert "The e-mail or the password is wrong." in texts.pop()
    assert COOKIE not in mira.web.cookies


@pytest.mark.parametrize("role", ["client", "agency", "escort", "admin"])
def test_nobody_elses_password_opens_it(
    town: Town, mira: User, database: Database, role: str
) -> None:
    other = town.admin() if role == "admin" else town.member(role)
    if role == "escort":
        give_profile(database, other, "somebody-else")

    answer = enter(other)

    assert answer.status == 401
    assert "The e-mail or the password is wrong." in answer.text
    assert COOKIE not in other.web.cookies


@pytest.mark.parametrize("door", ["/login", "/mira-valen/admin/login"])
def test_no_other_session_opens_it(mira: User, door: str) -> None:
    form = {"email": mira.email, "password": mira.password}
    assert mira.web.post(door, form=form).status == 303

    assert opened(mira).status == 401
    mira.web.cookies[COOKIE] = next(iter(mira.web.cookies.values()))
    assert opened(mira).status == 401
    # The form is there all the same: a session elsewhere does not skip it.
    assert "Password" in mira.web.get(f"{ROOM}/login", headers=HTML).text


def test_its_session_opens_no_other_room(mira: User) -> None:
    enter(mira)
    credential = mira.web.cookies[COOKIE]

    for name in (COOKIE, "__Host-sid", "__Host-adm"):
        mira.web.cookies = {name: credential}
        assert mira.web.get(f"{USERS}/profile").status == 401
        assert mira.web.get("/account", headers=HTML).status == 303
        assert "Sign out" not in mira.web.get("/_account-chip", headers=HTML).text


def test_the_second_factor_is_asked_for_here_too(
    mira: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mira.log_in()
    secret, _ = enrolled(mira, monkeypatch)
    mira.web.token = None
    mira.web.cookies.clear()

    page = enter(mira, next=f"{ROOM}/visits", networkMayChange="true")

    assert page.status == 200
    assert f'action="{ROOM}/login?step=code"' in page.text
    assert COOKIE not in mira.web.cookies
    kept = ("challenge", "next", "networkMayChange")
    form = {name: hidden(page, name) for name in kept} | {"code": code(secret)}
    # The challenge of one room finishes in no room that is not hers.
    assert mira.web.post("/another/crm/login?step=code", form=form).status == 401
    wrong = mira.web.post(
        f"{ROOM}/login?step=code", form=form | {"code": wrong_code(b32decode(secret))}
    )
    assert wrong.status == 401
    assert hidden(wrong, "networkMayChange") == "true"
    answer = mira.web.post(f"{ROOM}/login?step=code", form=form)
    assert (answer.status, answer.headers["location"]) == (303, f"{ROOM}/visits")
    mira.web.ip = "192.0.2.9"
    assert opened(mira).status == 200


def test_leaving_ends_that_session_alone_and_takes_its_cookies(mira: User) -> None:
    mira.web.post("/login", form={"email": mira.email, "password": mira.password})
    enter(mira)
    stolen = mira.web.cookies[COOKIE]

    answer = mira.web.post(f"{ROOM}/logout", form={})

    assert (answer.status, answer.headers["location"]) == (303, f"{ROOM}/login")
    gone = {one.partition("=")[0]: one for one in answer.cookies}
    assert gone.keys() == {COOKIE, "__Secure-crm-key"}
    for one in gone.values():
        assert "Max-Age=0" in one
        assert f"Path={ROOM};" in f"{one};"
    assert mira.web.get("/account", headers=HTML).status == 200
    mira.web.cookies[COOKIE] = stolen
    assert opened(mira).status == 401
    assert mira.web.post(f"{ROOM}/logout", form={}).status == 303


def test_signing_in_again_replaces_what_this_browser_held(mira: User) -> None:
    enter(mira)
    mira.web.cookies["__Secure-crm-key"] = "x"

    enter(mira)

    assert "__Secure-crm-key" not in mira.web.cookies
    assert len(opened(mira).json["items"]) == 1


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (16, 401)])
def test_a_quarter_of_an_hour_without_use(
    mira: User, monkeypatch: pytest.MonkeyPatch, minutes: int, status: int
) -> None:
    enter(mira)

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(60 * minutes))

    assert opened(mira).status == status


@pytest.mark.slow
def test_use_keeps_it_open_and_eight_hours_end_it(
    mira: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(mira)
    start = clock.now()
    # Each use counts from its own minute, not from some minutes before it.
    for minutes in range(13, 8 * 60, 13):
        monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(60 * minutes))
        assert opened(mira).status == 200, minutes

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(60 * 8 * 60 + 1))
    assert (clock.now() - start).total_seconds() > 8 * 3600
    assert opened(mira).status == 401


@pytest.mark.parametrize("same", ["198.51.100.250", "::ffff:198.51.100.9"])
def test_the_same_network_is_not_the_same_address(mira: User, same: str) -> None:
    enter(mira)
    mira.web.ip = same

    assert opened(mira).status == 200


@pytest.mark.parametrize("other", ["198.51.101.1", "2001:db8::1", "unknown"])
def test_another_network_ends_it_for_everybody_who_holds_it(
    town: Town, mira: User, other: str
) -> None:
    enter(mira)
    home, mira.web.ip = mira.web.ip, other

    first = opened(mira)
    mira.web.ip = home
    second = opened(mira)

    for answer in (first, second):
        assert (answer.status, answer.problem["code"]) == (401, "network-changed")
    page = mira.web.get(f"{ROOM}/login", headers=HTML)
    assert "Your network changed" in page.text
    # Nobody is shut out: the password opens the next one, and nothing is said any more.
    assert enter(mira).status == 303
    assert "Your network changed" not in mira.web.get(f"{ROOM}/login", headers=HTML).text
    assert len(opened(mira).json["items"]) == 1
    assert "Your network changed" not in town.client().get(f"{ROOM}/login", headers=HTML).text


def test_who_is_on_the_move_stays_and_sees_where(mira: User) -> None:
    page = mira.web.get(f"{ROOM}/login", headers=HTML)
    assert 'name="networkMayChange"' in page.text
    assert 'name="networkMayChange"' not in mira.web.get("/login", headers=HTML).text
    enter(mira, networkMayChange="true")
    mira.web.ip = "192.0.2.77"

    assert opened(mira).status == 200
    assert [one["network"] for one in opened(mira).json["items"]] == ["192.0.2.77"]


def test_the_page_of_the_account_names_it_neutrally_and_ends_it(mira: User) -> None:
    enter(mira)
    mira.web.post("/login", form={"email": mira.email, "password": mira.password})

    page = mira.web.get("/account/security", headers=HTML).text

    assert "Private area" in page
    assert "crm" not in re.sub(r"<[^>]+>", " ", page).lower()
    (session,) = re.findall(r"/account/sessions/([0-9a-f]{32})/end", page)
    assert mira.web.post(f"/account/sessions/{session}/end", form={}).status == 303
    assert opened(mira).status == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/change-password", {"currentPassword": PASSWORD, "newPassword": PASSWORD + "!"}),
        ("DELETE", "/sessions", None),
        ("DELETE", "/sessions?keepCurrent=true", None),
    ],
    ids=["new password", "everywhere", "every other device"],
)
def test_what_ends_the_other_sessions_ends_this_one(
    town: Town, mira: User, method: str, path: str, body: dict[str, str] | None
) -> None:
    enter(mira)
    elsewhere = User(town.client(), mira.email)
    elsewhere.log_in()
    assert opened(mira).status == 200

    assert elsewhere.web.request(method, f"{AUTH}{path}", json=body).status == 204

    assert opened(mira).status == 401


def test_a_new_password_by_mail_ends_it(town: Town, mira: User) -> None:
    enter(mira)
    web = town.client()
    web.post(f"{AUTH}/forgot-password", json={"email": mira.email})
    body = {"token": town.mailbox.last(mira.email).token, "newPassword": "another horse battery"}

    assert web.post(f"{AUTH}/reset-password", json=body).status == 200

    assert opened(mira).status == 401


@pytest.mark.parametrize("decision", ["suspended", "banned"])
def test_shutting_the_account_out_ends_it(town: Town, mira: User, decision: str) -> None:
    admin = town.admin()
    mira.log_in()
    mira.web.token = None
    enter(mira)
    status = {"status": decision, "reason": "a reason"}

    assert admin.web.put(f"{USERS}/{mira.id}/status", json=status).status == 200

    assert opened(mira).status == 401
    assert enter(mira).status == 403


def test_a_new_device_is_told_in_neutral_words(town: Town, mira: User) -> None:
    enter(mira)
    enter(User(town.client(), mira.email))

    letter = town.mailbox.last(mira.email)

    assert letter.subject == "A new sign-in to your account"
    assert "crm" not in letter.text.lower()
