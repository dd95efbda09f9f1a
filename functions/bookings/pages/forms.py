"""Form models of the booking pages, and their templates."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from bookings.domain.text_limits import MAX_ADDRESS, MAX_NOTE, MAX_REASON
from kit.http import Request as Body
from kit.i18n import N_
from kit.pages import TemplateRenderer

pages = TemplateRenderer("bookings")


class ReasonForm(Body):
    """Optional reason; the other participant reads it."""

    reason: Annotated[str, Field(max_length=MAX_REASON, title=N_("Reason"))] = ""


class CancelForm(ReasonForm):
    """A client's cancellation with the fee that the page showed: no more than that is charged."""

    fee: Annotated[int, Field(ge=0, le=10**12, title=N_("Fee"))]


class ProposalForm(Body):
    """Another time: one of the suggested ones, or a day and a time."""

    start: Annotated[str, Field(title=N_("Time"))] = ""
    date: Annotated[str, Field(title=N_("Day"))] = ""
    time: Annotated[str, Field(title=N_("Time"))] = ""


class AnswerForm(Body):
    """The proposal that the page showed."""

    proposal: Annotated[UUID, Field(title=N_("Proposal"))]


class NoteForm(Body):
    """A private note."""

    note: Annotated[str, Field(max_length=MAX_NOTE, title=N_("Note"))] = ""


class AddressForm(Body):
    """An exact address."""

    address: Annotated[str, Field(max_length=MAX_ADDRESS, title=N_("Address"))] = ""


class JoinWaitlistForm(Body):
    """A period to wait for."""

    slug: str
    start: AwareDatetime
    duration: Annotated[int, Field(ge=30, le=14 * 24 * 60)]


class IdForm(Body):
    """Id of a waitlist entry."""

    id: UUID
