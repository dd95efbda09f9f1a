"""Page that asks for the age, in place of the requested page."""

from datetime import timedelta

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from contracts.age_gate import CONFIRMED, COOKIE, AgeUnconfirmed
from escorts.domain.age_gate import CONFIRMATION_LIFETIME
from kit.auth import public
from kit.http import API
from kit.http.problems import domain_problem
from kit.pages import TemplateRenderer, read_form, safe_path

pages = TemplateRenderer("escorts")
router = APIRouter(include_in_schema=False)


class ConfirmAgeForm(BaseModel):
    """Form of the age gate."""

    next: str = "/"


@router.post("/age", dependencies=[public()])
async def confirm_age(request: Request) -> Response:
    """Remember the confirmation in this browser and redirect to the requested page."""
    form = await read_form(request, ConfirmAgeForm)
    goal = safe_path(form.next, "/") if isinstance(form, ConfirmAgeForm) else "/"
    answer = RedirectResponse(goal, 303)
    answer.set_cookie(
        COOKIE,
        CONFIRMED,
        max_age=CONFIRMATION_LIFETIME // timedelta(seconds=1),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return answer


def add_age_gate_page(app: FastAPI) -> None:
    """Add the age gate page to `app` as the answer to AgeUnconfirmed."""
    app.add_exception_handler(AgeUnconfirmed, _render_age_gate)


async def _render_age_gate(request: Request, error: Exception) -> Response:
    assert isinstance(error, AgeUnconfirmed)  # noqa: S101 - narrows the handler's declared type
    path = request.url.path
    if path.startswith(API):
        return domain_problem(request, error)
    if "hx-request" in request.headers:
        # The page was loaded before the confirmation expired: reload it as a whole.
        return Response(status_code=200, headers={"hx-refresh": "true"})
    goal = f"{path}?{request.url.query}" if request.url.query else path
    return pages.render(request, "age_gate.html", error.status, goal=safe_path(goal, "/"))
