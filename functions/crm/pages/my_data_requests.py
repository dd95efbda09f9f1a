"""Asking everybody at once what they keep: a person's page, in the site and not in anybody's book."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from crm.dependencies import DATA_SUBJECT, OwnDataRequestsDep, limit_data_requests
from crm.domain.data_requests import DataRequestKind
from crm.pages.context import UNPROCESSABLE, pages
from crm.service.data_requests import DataRequestService
from kit.errors import DomainError
from kit.http import Request as Body
from kit.pages import Form, FormErrors, read_form

router = APIRouter(prefix="/privacy", dependencies=[DATA_SUBJECT], include_in_schema=False)
KIND_LABELS = {DataRequestKind.ACCESS: "What is kept about you", DataRequestKind.ERASURE: "To be erased"}


class SubmitForm(Body):
    """What somebody wants."""

    kind: Annotated[DataRequestKind, Field(title="What you ask for")]


@router.get("")
async def my_data_requests_page(request: Request, asking: OwnDataRequestsDep) -> HTMLResponse:
    """Explain it, and show what was asked and answered."""
    return _render(request, asking, Form())


@router.post("", dependencies=[Depends(limit_data_requests)])
async def submit_data_request(request: Request, asking: OwnDataRequestsDep) -> Response:
    """Ask."""
    form = await read_form(request, SubmitForm)
    if isinstance(form, FormErrors):
        return _render(request, asking, form, UNPROCESSABLE)
    try:
        asking.submit(form.kind)
    except DomainError as error:
        error.field = None  # It concerns no field that could be filled in otherwise.
        return _render(request, asking, FormErrors.from_error(error, form), error.status)
    return RedirectResponse("/privacy?done=asked", status_code=303)


def _render(
    request: Request, asking: DataRequestService, form: Form | FormErrors, status: int = 200
) -> HTMLResponse:
    rows = [
        {
            "what": KIND_LABELS[one.kind],
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
        for one in asking.list()
    ]
    asked = request.query_params.get("done") == "asked"
    return pages.render(
        request, "privacy.html", status, form=form, blank=Form(), rows=rows, asked=asked
    )
