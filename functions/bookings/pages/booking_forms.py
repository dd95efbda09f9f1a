"""Forms on a booking's page, and the routes that handle them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Request, params
from fastapi.responses import Response
from pydantic import BaseModel

from bookings.domain.transitions import Action
from bookings.pages.forms import AnswerForm, NoteForm, ProposalForm, ReasonForm
from bookings.pages.reschedule import parse_proposed_start
from bookings.pages.transitions import ACTIONS
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from bookings.service.queries import BookingDetail
from kit.db import UnitOfWork
from kit.pages import EmptyForm, Form, handle_form

FORMS = ("other", "reason", "propose", "note", "address")
"""Names of the forms on a booking's page; each has its own fields."""


class BookingFormPage(Protocol):
    """Request context of a booking's page with forms."""

    @property
    def request(self) -> Request:
        """The HTTP request."""

    @property
    def caller(self) -> Caller:
        """The client or provider."""

    @property
    def booking_id(self) -> UUID:
        """Id of the booking."""

    @property
    def work(self) -> UnitOfWork:
        """The transaction."""

    @property
    def actions(self) -> BookingActions:
        """The actions on bookings."""

    def view(self) -> BookingDetail:
        """Return the booking."""

    def render_errors(self, status: int, forms: Mapping[str, Form]) -> Response:
        """Render the page with the errors of a refused form."""

    def redirect(self, after: object, done: str, /) -> Response:
        """Redirect to the result of the action."""


@dataclass(frozen=True, slots=True)
class BookingForm[F: BaseModel]:
    """A form on a booking's page, and the use case that it runs."""

    path: str
    """Last segments of the address that the form is sent to."""
    name: str
    """Name of the form on the page, where its errors are shown."""
    model: type[F]
    run: Callable[[BookingFormPage, F], object]
    done: str
    """Key of the message on the next page."""


def action_form(path: str, action: Action) -> BookingForm[EmptyForm]:
    """Return a form with a button only."""
    return BookingForm(
        path,
        "other",
        EmptyForm,
        lambda page, _: page.actions.apply(page.caller, page.booking_id, action),
        ACTIONS[action].done,
    )


def reason_form(path: str, action: Action, name: str = "reason") -> BookingForm[ReasonForm]:
    """Return a form of an action that may have a reason."""
    return BookingForm(
        path,
        name,
        ReasonForm,
        lambda page, form: page.actions.apply(page.caller, page.booking_id, action, form.reason),
        ACTIONS[action].done,
    )


def propose_form(path: str = "propose") -> BookingForm[ProposalForm]:
    """Return the form that proposes another time: a suggested one, or any."""
    return BookingForm(
        path,
        "propose",
        ProposalForm,
        lambda page, form: page.actions.propose(
            page.caller, page.booking_id, parse_proposed_start(form, page.view().booking)
        ),
        ACTIONS[Action.PROPOSE].done,
    )


PARTICIPANT_FORMS: tuple[BookingForm[Any], ...] = (
    propose_form(),
    BookingForm(
        "proposals/accept",
        "other",
        AnswerForm,
        lambda page, form: page.actions.accept_proposal(
            page.caller, page.booking_id, form.proposal
        ),
        ACTIONS[Action.RESCHEDULE].done,
    ),
    BookingForm(
        "proposals/reject",
        "other",
        EmptyForm,
        lambda page, _: page.actions.refuse_proposal(page.caller, page.booking_id),
        ACTIONS[Action.REFUSE_PROPOSAL].done,
    ),
    BookingForm(
        "note",
        "note",
        NoteForm,
        lambda page, form: page.actions.save_note(page.caller, page.booking_id, form.note),
        "noted",
    ),
)
"""Forms of the client and the provider."""


def add_form_routes(
    router: APIRouter,
    page_context: Callable[..., Any],
    forms: Iterable[BookingForm[Any]],
    dependencies: Sequence[params.Depends],
) -> None:
    """Add a route for each form; `page_context` is the dependency that returns the page's context."""
    for form in forms:
        router.post(f"/{form.path}", name=form.path, dependencies=dependencies)(
            _endpoint(page_context, form)
        )


def _endpoint(page_context: Callable[..., Any], form: BookingForm[Any]) -> Callable[..., Any]:
    async def post_form(page: Annotated[BookingFormPage, Depends(page_context)]) -> Response:
        return await handle_form(
            page.request,
            form.model,
            lambda entered: page.redirect(form.run(page, entered), form.done),
            lambda errors, status: page.render_errors(status, {form.name: errors}),
            # The error page reads from the database after a refused statement.
            savepoint=page.work.savepoint,
            prefix=form.name,
        )

    return post_form


def build_forms(
    refused: Mapping[str, Form], values: Mapping[str, dict[str, str]]
) -> dict[str, Any]:
    """Return every form of the page: the refused ones, and the others with their saved values."""
    return {
        f"{name}_form": refused.get(name) or Form(values.get(name, {}), prefix=name)
        for name in FORMS
    }
