"""Page of the signed-in account's data requests, on the site and outside any workspace."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field

from crm.dependencies import DATA_SUBJECT, OwnDataRequestsDep, limit_data_requests
from crm.domain.data_requests import DataRequestKind
from crm.pages.context import pages
from crm.service.data_requests import DataRequestService
from kit import formats
from kit.errors import DomainError
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors, handle_form, redirect

router = APIRouter(prefix="/privacy", dependencies=[DATA_SUBJECT], include_in_schema=False)
KIND_LABELS = {
    DataRequestKind.ACCESS: N_("Copy of your data"),
    DataRequestKind.ERASURE: N_("Deletion of your data"),
}


class SubmitForm(Body):
    """Form of a data request."""

    kind: Annotated[DataRequestKind, Field(title=N_("Request"))]


@router.get("")
async def my_data_requests_page(request: Request, asking: OwnDataRequestsDep) -> HTMLResponse:
    """Show the explanation, and the requests with their answers."""
    return _render(request, asking, Form())


@router.post("", dependencies=[Depends(limit_data_requests)])
async def submit_data_request(request: Request, asking: OwnDataRequestsDep) -> Response:
    """Submit a data request."""

    def submit(form: SubmitForm) -> Response:
        try:
            asking.submit(form.kind)
        except DomainError as error:
            error.field = None  # No field could be corrected.
            raise
        return redirect("/privacy?done=submitted")

    return await handle_form(
        request, SubmitForm, submit, lambda form, status: _render(request, asking, form, status)
    )


def _render(
    request: Request, asking: DataRequestService, form: Form | FormErrors, status: int = 200
) -> HTMLResponse:
    rows = [
        {
            "kind": _(KIND_LABELS[one.kind]),
            "asked": formats.format_date(one.asked_at.date()),
            "due": formats.format_date(one.due_at.date()),
            "answers": [
                {
                    "text": answer.text,
                    "received": formats.format_date(answer.arrived_at.date()),
                    "deleted": formats.format_date(answer.delete_at.date()),
                }
                for answer in one.answers
            ],
        }
        for one in asking.list()
    ]
    is_submitted = request.query_params.get("done") == "submitted"
    return pages.render(
        request,
        "my_data_requests.html",
        status,
        form=form,
        blank=Form(),
        rows=rows,
        is_submitted=is_submitted,
    )
