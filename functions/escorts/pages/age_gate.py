"""The page that asks for an age, in place of the one that was asked for."""

from datetime import timedelta

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from contracts.age_gate import CONFIRMED, COOKIE, AgeUnconfirmed
from escorts.domain.age_gate import CONFIRMATION_LIFETIME
from kit.auth import public
from kit.http import API
from kit.http.problems import domain_problem
from kit.pages import TemplateRenderer, read_form
from kit.pages.safe_path import safe_path

pages = TemplateRenderer("escorts")
router = APIRouter(include_in_schema=False)


class ConfirmAgeForm(BaseModel):
    """The form's fields."""

    next: str = "/"


@router.post("/age", dependencies=[public()])
async def confirm_age(request: Request) -> Response:
    """Remember that this browser's user is an adult, and go on to where they wanted to be."""
    form = await read_form(request, ConfirmAgeForm)
    goal = safe_path(form.next) if isinstance(form, ConfirmAgeForm) else "/"
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
    """Let `app` answer with the page where an age is missing."""
    app.add_exception_handler(AgeUnconfirmed, _render_age_gate)


async def _render_age_gate(request: Request, error: Exception) -> Response:
    assert isinstance(error, AgeUnconfirmed)  # noqa: S101 - narrows the handler's declared type
    path = request.url.path
    if path.startswith(API):
        return domain_problem(request, error)
    if "hx-request" in request.headers:
        # A page from before: it has to be asked for anew, as a whole.
        return Response(status_code=200, headers={"hx-refresh": "true"})
    goal = f"{path}?{request.url.query}" if request.url.query else path
    return pages.render(request, "age_gate.html", error.status, goal=safe_path(goal))
