"""Pages of auth in the pseudo-language: a plain word on a page bypassed the translation."""

import re
from base64 import b32decode
from pathlib import Path

import pytest

import auth
from auth.domain.totp import code_at, step_at
from auth.pages.account import _SUCCESS_MESSAGES
from auth.pages.labels import AUDIENCE_LABELS, ROLE_LABELS, THEME_LABELS
from kit import clock
from kit.db import Database
from kit.i18n import PSEUDO_LANGUAGE, SOURCE_LANGUAGE, use_language
from kit.i18n import gettext as _
from tests.factories.auth import AUTH, FIREFOX, AuthWorld, User, wrong_code
from tests.fixtures.functions import Answer, FunctionClient
from tests.fixtures.pseudo_language import COOKIES, untranslated
from tests.integration.auth.test_provider_login_pages import add_profile

pytestmark = pytest.mark.usefixtures("pseudo_language")

HTML = {"accept": "text/html", "user-agent": FIREFOX}
SIGN_IN_TEMPLATES = {"login.html", "two_step.html", "_account_chip.html"}
EMAIL_LINK_TEMPLATES = {
    "register.html",
    "verify.html",
    "verify_link.html",
    "reset.html",
    "reset_link.html",
    "message.html",
}
ACCOUNT_TEMPLATES = {"account.html", "close.html", "message.html"}
SECURITY_TEMPLATES = {"security.html", "enrolment.html", "recovery_codes.html"}
LAYOUTS = {"account_layout.html", "_macros.html"}
DEVICE = ("Firefox", "Linux")
"""Words of the device that these tests use."""
_SECRETS = re.compile(r"(?<=>)(?:[A-Z2-7]{32}|[a-z2-7]{4}(?:-[a-z2-7]{4}){3})(?=<)")
"""Secrets and recovery codes: random letters, sometimes without a digit."""


class Reader:
    """Visitor who chose the pseudo-language; checks each page that is shown."""

    def __init__(self, web: FunctionClient) -> None:
        self.web = web
        self.web.cookies |= COOKIES

    def open(self, path: str, status: int = 200, *allowed: str) -> Answer:
        """Open a page and check its texts."""
        return self._check(path, self.web.get(path, headers=HTML), status, allowed)

    def send(self, path: str, status: int, *allowed: str, **form: str) -> Answer:
        """Send a form and check the texts of the answer."""
        answer = self.web.post(path, form=form, headers=HTML)
        return self._check(path, answer, status, allowed)

    def _check(self, path: str, answer: Answer, status: int, allowed: tuple[str, ...]) -> Answer:
        assert answer.status == status, (path, answer.text)
        assert untranslated(_SECRETS.sub("", answer.text), *allowed) == [], path
        return answer


def hidden_value(page: Answer, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, name
    return found[1]


def sign_in(reader: Reader, user: User, path: str = "/login") -> Answer:
    """Sign in with the password."""
    form = {"email": user.email, "password": user.password}
    return reader.web.post(path, form=form, headers=HTML)


def signed_in(user: User) -> Reader:
    """Return the reader of a user who has signed in to the site."""
    reader = Reader(user.web)
    assert sign_in(reader, user).status == 303
    return reader


def enrol(reader: Reader, user: User) -> tuple[bytes, list[str]]:
    """Turn two-step sign-in on; return the secret and the recovery codes."""
    reader.send("/account/two-step", 303, password=user.password)
    page = reader.open("/account/two-step")
    found = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", page.text)
    assert found
    secret = b32decode(found[1])
    reader.send("/account/two-step/verify", 401, code=wrong_code(secret))
    done = reader.send("/account/two-step/verify", 200, code=code_at(secret, step_at(clock.now())))
    return secret, re.findall(r"<code>([a-z2-7-]{19})</code>", done.text)


def test_templates_of_auth_are_all_rendered_in_these_tests() -> None:
    folder = Path(auth.__file__).parent / "templates"
    assert {path.name for path in folder.glob("*.html")} == (
        SIGN_IN_TEMPLATES | EMAIL_LINK_TEMPLATES | ACCOUNT_TEMPLATES | SECURITY_TEMPLATES | LAYOUTS
    )


def test_labels_of_auth_are_translated() -> None:
    for label in (*ROLE_LABELS.values(), *THEME_LABELS.values(), *AUDIENCE_LABELS.values()):
        assert untranslated(_(label)) == []


def test_sign_in_pages_have_no_plain_words(
    accounts: AuthWorld, database: Database, rendered_templates: set[str]
) -> None:
    user, pending = accounts.verified_user("escort"), accounts.unverified_user()
    add_profile(database, user, "mira-valen")
    reader = Reader(user.web)
    for path in ("/login", "/staff/login", "/mira-valen/admin/login", "/mira-valen/crm/login"):
        reader.open(path)
        reader.send(path, 422)
        reader.send(path, 401, email=user.email, password="wrong")
    reader.open("/_account-chip")
    Reader(pending.web).send("/login", 403, email=pending.email, password=pending.password)
    stranger = Reader(accounts.new_client())
    form = {"email": "nobody@example.com", "password": "wrong"}
    for _try in range(10):
        stranger.send("/login", 401, **form)
    stranger.send("/login", 429, **form)
    assert sign_in(reader, user, "/mira-valen/crm/login").status == 303
    moved = accounts.new_client()
    moved.ip, moved.cookies = "192.0.2.7", dict(user.web.cookies)
    assert moved.get("/api/v1/crm/mira-valen/session").status == 401
    page = Reader(moved).open("/mira-valen/crm/login")
    assert _("Your network changed") in page.text
    enrol(signed_in(user), user)
    user.web.cookies = {}
    step = sign_in(Reader(user.web), user)
    assert untranslated(step.text) == []
    challenge = hidden_value(step, "challenge")
    reader.send("/login?step=code", 422, challenge=challenge)
    reader.send("/login?step=code", 401, challenge=challenge, code="0000-0000")
    reader.send("/login?step=code", 409, challenge="x" * 43, code="0000-0000")
    admin = accounts.signed_in_admin()
    admin.web.token = None
    staff = Reader(admin.web)
    assert sign_in(staff, admin, "/staff/login").status == 303
    staff.open("/_account-chip")
    assert rendered_templates >= SIGN_IN_TEMPLATES


def test_registration_and_email_link_pages_have_no_plain_words(
    accounts: AuthWorld, rendered_templates: set[str]
) -> None:
    user = accounts.unregistered_user()
    reader = Reader(user.web)
    reader.open("/register")
    # Values of the API, which the page has as radio buttons.
    reader.send("/register", 422, "client", "escort", "agency", role="x")
    form = {"email": user.email, "role": "client", "adult": "true"}
    for refused in ("short", "1234567890", user.email, "x" * 201):
        reader.send("/register", 422, password=refused, **form)
    form["password"] = user.password
    reader.send("/register", 422, **form | {"email": "12345"})
    reader.send("/register", 303, **form)
    reader.open("/verify")
    reader.send("/verify", 422)
    token = accounts.mailbox.last_mail(user.email).token
    reader.open(f"/verify/{token}")
    reader.send(f"/verify/{token}", 200)
    reader.send(f"/verify/{token}", 409)
    reader.open("/reset")
    reader.send("/reset", 422)
    reader.send("/reset", 200, email=user.email)
    token = accounts.mailbox.last_mail(user.email).token
    reader.open(f"/reset/{token}")
    reader.send(f"/reset/{token}", 422)
    reader.send(f"/reset/{token}", 422, newPassword="short")
    reader.send(f"/reset/{token}", 200, newPassword="another good password")
    reader.open(f"/reset/{token}", 409)
    assert rendered_templates >= EMAIL_LINK_TEMPLATES


@pytest.mark.parametrize("role", ["client", "escort", "agency"])
def test_account_pages_have_no_plain_words(
    accounts: AuthWorld, role: str, rendered_templates: set[str]
) -> None:
    user = accounts.verified_user(role)
    reader = signed_in(user)
    reader.open("/account")
    reader.open("/_account-chip")
    details = {"displayName": "Μιράντα", "firstName": "Όττι", "phone": "+41 79 123 45 67"}
    reader.send("/account/profile", 303, **details)
    reader.open("/account")
    reader.open("/_account-chip")
    for name in _SUCCESS_MESSAGES:
        reader.open(f"/account?done={name}")
    for wrong in ({"phone": "12"}, {"dateOfBirth": "2030-01-01"}, {"firstName": "Ό" * 101}):
        reader.send("/account/profile", 422, **wrong)
    chosen = {"language": "de", "timeZone": "Europe/Zurich", "theme": "dark"}
    reader.send("/account/preferences", 303, **chosen)
    for wrong in ({"language": "d"}, {"timeZone": "12"}, {"theme": "7"}):
        reader.send("/account/preferences", 422, "system", "light", "dark", **chosen | wrong)
    reader.open("/account/close")
    reader.send("/account/close", 422, password=user.password, confirm="12")
    reader.send("/account/close", 401, password="wrong", confirm="close")
    reader.send("/account/close", 200, password=user.password, confirm="close")
    assert rendered_templates >= ACCOUNT_TEMPLATES


def test_security_pages_have_no_plain_words(
    accounts: AuthWorld, database: Database, rendered_templates: set[str]
) -> None:
    user = accounts.verified_user("escort")
    add_profile(database, user, "mira-valen")
    reader = signed_in(user)
    for path in ("/mira-valen/admin/login", "/mira-valen/crm/login"):
        assert sign_in(Reader(accounts.new_client()), user, path).status == 303
    page = reader.open("/account/security", 200, *DEVICE)
    for label in AUDIENCE_LABELS.values():
        assert _(label) in page.text
    wrong = {"currentPassword": "wrong", "newPassword": "another good password"}
    reader.send("/account/password", 401, *DEVICE, **wrong)
    reader.send("/account/password", 422, *DEVICE)
    reader.send("/account/two-step", 422, *DEVICE)
    reader.send("/account/two-step", 401, *DEVICE, password="wrong")
    _secret, codes = enrol(reader, user)
    reader.open("/account/security", 200, *DEVICE)
    change = {"password": user.password, "code": "0000-0000", "action": "renew"}
    reader.send("/account/two-step/change", 401, *DEVICE, **change)
    reader.send("/account/two-step/change", 422, *DEVICE)
    reader.send("/account/two-step/change", 200, **change | {"code": codes[0]})
    reader.send("/account/two-step", 409, *DEVICE, password=user.password)
    assert rendered_templates >= SECURITY_TEMPLATES


def test_mail_is_in_the_language_of_its_account(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    reader = signed_in(user)
    chosen = {"language": PSEUDO_LANGUAGE, "timeZone": "UTC", "theme": "dark"}
    reader.send("/account/preferences", 303, **chosen)
    with use_language(SOURCE_LANGUAGE):
        assert reader.web.post("/reset", form={"email": user.email}).status == 200
        mail = accounts.mailbox.last_mail(user.email)
    assert untranslated(mail.subject) == []
    assert untranslated(mail.text) == []
    assert mail.token


def test_error_pages_and_problems_have_no_plain_words(accounts: AuthWorld) -> None:
    user = accounts.verified_user()
    reader = signed_in(user)
    reader.open("/account/nothing/here", 404)
    reader.send("/account", 405)
    cross_site = reader.web.post(
        "/logout", form={}, headers=HTML | {"sec-fetch-site": "cross-site"}
    )
    assert cross_site.status == 403
    assert untranslated(cross_site.text) == []
    stranger = Reader(accounts.new_client())
    for body in ({}, {"email": 1, "password": "x", "role": "x"}):
        problem = stranger.web.post(f"{AUTH}/register", json=body).problem
        assert untranslated(problem["detail"], "client", "escort", "agency") == []
        for error in problem["errors"]:
            assert untranslated(error["message"], "client", "escort", "agency") == []
