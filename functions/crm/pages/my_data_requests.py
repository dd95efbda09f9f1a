"""Asking everybody at once what they keep: a person's page, in the site and not in anybody's book."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from crm.dependencies import SUBJECT, Asks, limit_asking
from crm.domain.data_requests import SubjectKind
from crm.pages.context import REFUSED, pages
from crm.service.data_requests import Asking
from kit.errors import DomainError
from kit.http import Request as Body
from kit.pages import Form, FormErrors, read_form

router = APIRouter(prefix="/privacy", dependencies=[SUBJECT], include_in_schema=False)
KINDS = {SubjectKind.ACCESS: "What is kept about you", SubjectKind.ERASURE: "To be erased"}


class AskForm(Body):
    """What somebody wants."""

    kind: Annotated[SubjectKind, Field(title="What you ask for")]


@router.get("")
async def privacy_page(request: Request, asking: Asks) -> HTMLResponse:
    """Explain it, and show what was asked and answered."""
    return _page(request, asking, Form())


@router.post("", dependencies=[Depends(limit_asking)])
async def ask(request: Request, asking: Asks) -> Response:
    """Ask."""
    form = await read_form(request, AskForm)
    if isinstance(form, FormErrors):
        return _page(request, asking, form, REFUSED)
    try:
        asking.ask(form.kind)
    except DomainError as error:
        error.field = None  # It concerns no field that could be filled in otherwise.
        return _page(request, asking, FormErrors.from_error(error, form), error.status)
    return RedirectResponse("/privacy?done=asked", status_code=303)


def _page(
    request: Request, asking: Asking, form: Form | FormErrors, status: int = 200
) -> HTMLResponse:
    rows = [
        {
            "what": KINDS[one.kind],
            "asked": f"{one.asked_at:%d %B %Y}",
            "due": f"{one.due_at:%d %B %Y}",
            "answers": [
                {
                    "text": answer.text,
                    "arrived": f"{answer.arrived_at:%d %B %Y}",
                    "until": f"{answer.until:%d %B %Y}",
                }
                for answer in one.answers
            ],
        }
        for one in asking.all()
    ]
    asked = request.query_params.get("done") == "asked"
    return pages.render(
        request, "privacy.html", status, form=form, blank=Form(), rows=rows, asked=asked
    )
