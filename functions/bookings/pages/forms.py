"""What the pages' small forms send, and answering one that was refused."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import AwareDatetime, Field

from bookings.domain.text_limits import LONGEST_ADDRESS, LONGEST_NOTE, LONGEST_REASON
from kit.http import Request as Body
from kit.pages import TemplateRenderer

pages = TemplateRenderer("bookings")
REFUSED = 422


class NoForm(Body):
    """A button alone."""


class ReasonForm(Body):
    """Why, if somebody wants to say; the other side reads it."""

    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class CancelForm(ReasonForm):
    """The same of a client, with the fee that the page showed: no more is charged than that."""

    fee: Annotated[int, Field(ge=0, le=10**12)]


class ProposalForm(Body):
    """Another time: one of those that were offered, or a day and a clock."""

    start: Annotated[str, Field(title="Time")] = ""
    date: Annotated[str, Field(title="Day")] = ""
    time: Annotated[str, Field(title="Time")] = ""


class AnswerForm(Body):
    """Which proposal is agreed to: the one that was seen."""

    proposal: UUID


class NoteForm(Body):
    """A note for oneself."""

    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class AddressForm(Body):
    """Where exactly."""

    address: Annotated[str, Field(max_length=LONGEST_ADDRESS)] = ""


class WaitingForm(Body):
    """A time to wait for."""

    slug: str
    start: AwareDatetime
    duration: Annotated[int, Field(ge=30, le=14 * 24 * 60)]


class IdForm(Body):
    """Which entry."""

    id: UUID


def see(path: str) -> RedirectResponse:
    """Lead the browser on after a form, so that reloading repeats nothing."""
    return RedirectResponse(path, status_code=303)


def show(request: Request, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """Answer with a page of our own; from 400 on the transaction is undone."""
    return pages.render(request, template, status, **context)
