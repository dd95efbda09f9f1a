"""Asking for a meeting, second half: details, the summary with price and policy, and sending it."""

from datetime import timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bookings.dependencies import ClientsWaiting
from bookings.domain.calendar import Start
from bookings.domain.settings import LONGEST_ANSWER
from bookings.domain.spans import Span
from bookings.domain.text_limits import LONGEST_ADDRESS, LONGEST_TEXT
from bookings.domain.venue import Venue
from bookings.page_dependencies import AT_DESK, Asker, Known, limit_asking, limit_pages
from bookings.pages.forms import REFUSED, WaitingForm, see
from bookings.pages.labels import city, rules, span, zone_name
from bookings.pages.request_draft import field_of
from bookings.pages.request_steps import InStep, Step, choose_again, told
from bookings.pages.slots import free_start, next_ones
from bookings.service.requests import Offer
from kit import clock
from kit.errors import Conflict, DomainError, Invalid
from kit.ids import new_id
from kit.pages import FormErrors, read_form

router = APIRouter(prefix="/bookings", dependencies=[AT_DESK], include_in_schema=False)
_GONE = Conflict("time-taken", "This time is not free any more.", field="start")


@router.api_route("/new/{slug}/details", methods=["GET", "POST"])
async def details(at: InStep) -> Response:
    """Ask what else she should know."""
    try:
        offer = at.offer()
        at.draft.start()
    except DomainError as error:
        return _elsewhere(at, error)
    start = _start(at, offer)
    return _details(at, offer, start) if start else _taken(at, offer, _GONE)


@router.get("/new/{slug}/summary")
@router.get("/new/{slug}/send")
async def begin_anew(at: InStep) -> Response:
    """Lead back whoever opens an address that only a form leads to."""
    return see(at.path)


@router.post("/new/{slug}/summary")
async def summary(at: InStep) -> Response:
    """Show price and policy, to agree to."""
    try:
        offer = at.offer()
        at.draft.start()
    except DomainError as error:
        return _elsewhere(at, error)
    start = _start(at, offer)
    if start is None:
        return _taken(at, offer, _GONE)
    if wrong := at.draft.wrong_details(offer.questions):
        return _details(at, offer, start, REFUSED, wrong)
    return _summary(at, offer, start)


@router.post("/new/{slug}/send", dependencies=[Depends(limit_asking)])
async def send(at: InStep) -> Response:
    """Send the request: once, however often the button is pressed."""
    draft = at.draft
    try:
        new = draft.request(at.profile.escort_id)
    except DomainError as error:
        return _elsewhere(at, error)
    if draft.form.agree != "true":
        agree = Invalid("not-agreed", "Tick the box if you agree.", field="agree")
        return _refused(at, agree)
    try:
        booking = at.asking.request(at.client.user_id, draft.form.key[:100] or str(new_id()), new)
    except DomainError as error:
        return _refused(at, error)
    return see(f"/bookings/{booking.id}?done=sent")


@router.post("/waiting", dependencies=[Depends(limit_pages)])
async def join_waiting(
    request: Request, client: Asker, known: Known, waiting: ClientsWaiting
) -> Response:
    """Wait for a time that is taken."""
    form = await read_form(request, WaitingForm)
    if isinstance(form, FormErrors):
        raise Invalid("not-a-form", "Send this with the form on the page.")
    profile = known.asked(form.slug, client.user_id)
    wanted = Span(form.start, form.start + timedelta(minutes=form.duration))
    waiting.join(client.user_id, profile.escort_id, wanted)
    return see("/bookings?done=waiting")


def _refused(at: Step, error: DomainError) -> Response:
    """Show the step that can mend a refusal."""
    try:
        offer = at.offer()
    except DomainError as other:
        return choose_again(at, other)
    field = field_of(error)
    if field == "start":
        return _taken(at, offer, error)
    start = _start(at, offer)
    if start is None:
        return _taken(at, offer, _GONE)
    if wrong := at.draft.wrong_details(offer.questions):
        return _details(at, offer, start, REFUSED, wrong)
    errors = {field if field == "agree" else "": error.message}
    return _summary(at, offer, start, error.status, errors)


def _elsewhere(at: Step, error: DomainError) -> Response:
    """Go where the missing choice is made."""
    if field_of(error) == "start":
        return see(f"{at.path}/times?{urlencode(at.draft.choices())}")
    return choose_again(at, error)


def _start(at: Step, offer: Offer) -> Start | None:
    return free_start(at.asking, at.wanted(offer), at.draft.start(), at.draft.city())


def _details(
    at: Step,
    offer: Offer,
    start: Start,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    return at.show(
        "ask_details.html",
        status,
        told=told(at, offer) | _when(at, start),
        form=at.draft.shown(errors, offer.questions),
        questions=offer.questions,
        # What is private stays out of it: the browser remembers that by itself.
        address=f"{at.path}/details?{urlencode(at.draft.choices())}",
        limits={"answer": LONGEST_ANSWER, "text": LONGEST_TEXT, "address": LONGEST_ADDRESS},
        asks_address=at.draft.ask().venue is not Venue.INCALL,
    )


def _summary(
    at: Step,
    offer: Offer,
    start: Start,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    deposit, hours = offer.deposit, timedelta(hours=offer.preferences.answer_hours)
    return at.show(
        "ask_summary.html",
        status,
        told=told(at, offer) | _when(at, start),
        place=city(start.place.city),
        form=at.draft.shown(errors),
        questions=offer.questions,
        rules=rules(offer.policy, offer.quote.total),
        deposit=str(deposit) if deposit.minor_units else "",
        answers="answers before it begins, or it is off"
        if start.at <= clock.now() + hours
        else f"has {offer.preferences.answer_hours} hours to answer",
        sent={
            "policyVersion": offer.policy.version,
            "amount": offer.quote.total.minor_units,
            # One key per summary that was read: pressing twice sends once, changing it does not.
            "key": str(new_id()),
        },
    )


def _taken(at: Step, offer: Offer, error: DomainError) -> HTMLResponse:
    wanted, start = at.wanted(offer), at.draft.start()
    return at.show(
        "ask_taken.html",
        error.status,
        why=error.message,
        told=told(at, offer) | _when(at),
        others=[slot for _, slot in next_ones(at.asking, wanted, start)],
        waits=error.code == "time-taken" and start > wanted.now,
        start=start.isoformat(),
    )


def _when(at: Step, there: Start | None = None) -> dict[str, str]:
    start, zone = at.draft.start(), (there.place if there else at.profile.home).zone
    return {"when": span(Span(start, start + at.draft.length()), zone), "zone": zone_name(zone)}
