"""Login flow of every realm: a password step, then a code step if there is a second factor."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from auth.dependencies import DEVICE_COOKIE
from auth.domain.request_origin import RequestOrigin
from auth.domain.tokens import new_token
from auth.pages.forms import CodeForm, LoginForm, pages
from auth.service import sign_in
from auth.service.context import AuthContext
from contracts.identity import Role
from kit.auth import (
    LIFETIMES,
    Audience,
    Session,
    admin_network_allowed,
    set_session_cookie,
)
from kit.auth.cookies import COOKIES
from kit.errors import Unauthenticated
from kit.i18n import N_
from kit.pages import Form, FormErrors, handle_form, redirect, safe_path

_DEVICE_COOKIE_MAX_AGE = 400 * 24 * 3600  # what browsers allow at most
_HOME_PATHS = {Role.CLIENT: "/", Role.ESCORT: "/profile"}


@dataclass(frozen=True, slots=True)
class LoginRealm:
    """Realm with its own login: the path of its form, its title and its home page."""

    audience: Audience
    action: str
    title: str
    home_path: str = ""
    slug: str | None = None
    """Slug of the provider's profile, for a dashboard or a CRM."""

    @property
    def is_crm(self) -> bool:
        """Whether the realm is a CRM, whose cookie and redirects stay on its own path."""
        return self.audience is Audience.CRM

    @property
    def cookie_path(self) -> str:
        """Path that the browser sends the session cookie to."""
        return self.home_path if self.is_crm else "/"

    def login_target(
        self, request: Request, *, network_change_allowed: bool
    ) -> sign_in.LoginTarget:
        """Return the login target for the caller's network and choice."""
        if self.slug is not None and self.is_crm:
            return sign_in.crm_login_target(
                self.slug, network_change_allowed=network_change_allowed
            )
        return sign_in.LoginTarget(self.audience, admin_network_allowed(request), self.slug)

    def safe_next_path(self, next_path: str | None) -> str:
        """Return `next_path` if it is safe to redirect to after the login, else an empty text."""
        path = safe_path(next_path, "")
        inside = path == self.home_path or path.startswith(f"{self.home_path}/")
        return "" if self.is_crm and not inside else path


SITE_REALM = LoginRealm(Audience.SITE, "/login", N_("Sign in"))
STAFF_REALM = LoginRealm(Audience.ADMIN, "/staff/login", N_("Staff sign-in"), "/staff/verification")


def provider_realm(slug: str) -> LoginRealm:
    """Return the dashboard realm of `slug`, whether or not a profile has this slug."""
    home = f"/{slug}/admin"
    return LoginRealm(Audience.ADMIN, f"{home}/login", N_("Dashboard sign-in"), home, slug)


def crm_realm(slug: str) -> LoginRealm:
    """Return the CRM realm of `slug`, whether or not a profile has this slug."""
    home = f"/{slug}/crm"
    return LoginRealm(Audience.CRM, f"{home}/login", N_("Sign in"), home, slug)


def render_password_step(
    request: Request, realm: LoginRealm, *, network_changed: bool = False
) -> HTMLResponse:
    """Render the form that asks for the password."""
    next_path = realm.safe_next_path(request.query_params.get("next"))
    return pages.render(
        request,
        "login.html",
        form=Form(),
        next=next_path,
        realm=realm,
        network_changed=network_changed,
    )


async def handle_step(
    request: Request, context: AuthContext, origin: RequestOrigin, realm: LoginRealm
) -> Response:
    """Handle the submitted password or code step."""
    # A device is recognised by a cookie, which it gets with its first session.
    known_origin = origin if origin.device_token else replace(origin, device_token=new_token())
    if request.query_params.get("step") == "code":
        return await _handle_code_step(request, context, known_origin, realm)
    return await _handle_password_step(request, context, known_origin, realm)


def end_session(request: Request, context: AuthContext, audience: Audience) -> None:
    """End the session that this browser has for `audience`, if any."""
    with suppress(Unauthenticated):  # the session has ended already, in another network
        session = _find_session(request, context, audience)
        if session is not None:
            context.sessions.revoke(session.id, session.user_id)


def has_network_changed(request: Request, context: AuthContext, audience: Audience) -> bool:
    """Tell whether this browser's session ended because it was used from another network."""
    try:
        _find_session(request, context, audience)
    except Unauthenticated:
        return True
    return False


def _find_session(request: Request, context: AuthContext, audience: Audience) -> Session | None:
    cookie = request.cookies.get(COOKIES[audience].name)
    return context.sessions.by_credential(cookie) if cookie else None


async def _handle_password_step(
    request: Request, context: AuthContext, origin: RequestOrigin, realm: LoginRealm
) -> Response:

    def check_password(form: LoginForm) -> Response:
        target = realm.login_target(request, network_change_allowed=form.network_may_change)
        password = form.password.get_secret_value()
        credentials = sign_in.Credentials(email=form.email, password=password, target=target)
        outcome = sign_in.start_sign_in(context, credentials, origin)
        if isinstance(outcome, sign_in.SignInResult):
            return _start_session(request, context, outcome, origin, realm, form.next)
        state = _step_state(
            realm, outcome.token, form.next, network_change_allowed=form.network_may_change
        )
        return pages.render(request, "two_step.html", form=Form(), **state)

    def render_errors(form: FormErrors, status: int) -> Response:
        next_path = realm.safe_next_path(form.value("next"))
        return pages.render_errors(request, "login.html", form, status, next=next_path, realm=realm)

    return await handle_form(request, LoginForm, check_password, render_errors)


async def _handle_code_step(
    request: Request, context: AuthContext, origin: RequestOrigin, realm: LoginRealm
) -> Response:

    def check_code(form: CodeForm) -> Response:
        target = realm.login_target(request, network_change_allowed=form.network_may_change)
        outcome = sign_in.complete_sign_in(context, form.challenge, form.code, target, origin)
        return _start_session(request, context, outcome, origin, realm, form.next)

    def render_errors(form: FormErrors, status: int) -> Response:
        state = _step_state(
            realm,
            form.value("challenge"),
            form.value("next"),
            network_change_allowed=form.value("networkMayChange").lower() == "true",
        )
        return pages.render_errors(request, "two_step.html", form, status, **state)

    return await handle_form(request, CodeForm, check_code, render_errors)


def _step_state(
    realm: LoginRealm, challenge: str, next_path: str | None, *, network_change_allowed: bool
) -> dict[str, Any]:
    """Return the template variables that carry the login's state to the code step."""
    return {
        "challenge": challenge,
        "next": realm.safe_next_path(next_path),
        "realm": realm,
        "network_change_allowed": network_change_allowed,
    }


def _start_session(
    request: Request,
    context: AuthContext,
    outcome: sign_in.SignInResult,
    origin: RequestOrigin,
    realm: LoginRealm,
    next_path: str | None,
) -> Response:
    audience = outcome.session.audience
    home_path = realm.home_path or _HOME_PATHS.get(outcome.account.role, "/account")
    response = redirect(realm.safe_next_path(next_path) or home_path)
    # The browser's previous session is not needed any more, and would stay in the list of sessions.
    end_session(request, context, audience)
    seconds = int(LIFETIMES[audience].absolute.total_seconds())
    set_session_cookie(
        response, audience, outcome.credential, max_age=seconds, path=realm.cookie_path
    )
    response.set_cookie(
        DEVICE_COOKIE,
        origin.device_token,
        max_age=_DEVICE_COOKIE_MAX_AGE,
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return response
