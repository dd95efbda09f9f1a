"""Wizard for a booking request: service, duration, venue, time, details, summary, and sending."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bookings.dependencies import BookingRequestsDep, WaitlistDep
from bookings.domain.calendar import LONG_MEETING, StartSlot
from bookings.domain.pricing import ExtraTrigger, Rate
from bookings.domain.settings import MAX_ANSWER
from bookings.domain.text_limits import MAX_ADDRESS, MAX_TEXT
from bookings.domain.venue import Venue
from bookings.page_dependencies import (
    CLIENT_ONLY,
    Client,
    OptionalUser,
    ProfileLookupDep,
    limit_client_requests,
    limit_client_writes,
)
from bookings.pages.forms import JoinWaitlistForm, pages
from bookings.pages.labels import (
    CLIENT_VENUE_LABELS,
    city_label,
    interval_label,
    policy_sentences,
    price_lines,
    rate_label,
    service_label,
    services_label,
    zone_label,
)
from bookings.pages.request_draft import RequestDraft, form_field, read_request_draft
from bookings.pages.slots import SlotQuery, build_picker, find_slot, nearest_slots
from bookings.repository.directory import Profile
from bookings.service.profile_lookup import ProfileLookup
from bookings.service.requests import BookingRequests, QuotedOffer
from contracts.identity import Permission
from kit import clock
from kit.auth import Principal
from kit.errors import Conflict, DomainError, Invalid
from kit.formats import format_duration, format_money
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.intervals import Interval
from kit.pages import UNPROCESSABLE, Form, FormErrors, read_form, redirect

fragment_router = APIRouter(prefix="/bookings", include_in_schema=False)
router = APIRouter(prefix="/bookings", dependencies=[CLIENT_ONLY], include_in_schema=False)
OFFERED_MINUTES = (60, 90, 120, 150, 180, 240, 300, 360, 480, 720, 1440, 2880, 4320, 10080)
"""Durations offered besides those of the rate card, in minutes."""


@dataclass(frozen=True, slots=True)
class WizardStep:
    """Request context of a step of the booking request."""

    request: Request
    client: Principal
    profile: Profile
    draft: RequestDraft
    requests: BookingRequests
    profiles: ProfileLookup

    @property
    def path(self) -> str:
        """Path of the steps."""
        return f"/bookings/new/{self.profile.slug}"

    def quote(self) -> QuotedOffer:
        """Return price, policy and questions for the chosen values."""
        return self.requests.quote(self.profile.profile_id, self.draft.quote_request())

    def slot_query(self, offer: QuotedOffer) -> SlotQuery:
        """Return the query for free slots."""
        draft = self.draft
        return SlotQuery(
            self.profile,
            draft.length(),
            draft.quote_request().venue,
            clock.now(),
            offer.preferences.horizon_days,
        )

    def render(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Render a page of the wizard."""
        return pages.render(
            self.request,
            template,
            status,
            steps=self.path,
            profile=self.profile,
            draft=self.draft,
            method="post" if self.draft.has_private_text else "get",
            **context,
        )


async def wizard_step(
    request: Request,
    slug: str,
    client: Client,
    requests: BookingRequestsDep,
    profiles: ProfileLookupDep,
) -> WizardStep:
    """Return the context of a step, for a profile that takes requests."""
    return WizardStep(
        request,
        client,
        profiles.bookable(slug, client.user_id),
        await read_request_draft(request),
        requests,
        profiles,
    )


type WizardStepDep = Annotated[WizardStep, Depends(wizard_step)]


@fragment_router.get("/_request-form/{slug}")
async def request_fragment(
    request: Request, slug: str, profiles: ProfileLookupDep, user: OptionalUser
) -> HTMLResponse:
    """Return the form on a profile: default choices for a client, a sign-in link for visitors."""
    if user is not None and Permission.CREATE_BOOKING not in user.permissions:
        return HTMLResponse("")
    profile = profiles.public(slug)
    card = profiles.rate_card(profile) if user is not None else []
    return pages.render(
        request,
        "_request_form.html",
        slug=profile.slug,
        signed_in=user is not None,
        form=Form(_default_choices(card), prefix="ask"),
        choices=_choices(card),
    )


@router.api_route("/new/{slug}", methods=["GET", "POST"])
async def choose(step: WizardStepDep) -> Response:
    """Render the step for service, duration and venue."""
    return render_first_step(step)


@router.api_route("/new/{slug}/times", methods=["GET", "POST"])
async def times(step: WizardStepDep) -> Response:
    """Render the step for the time, a week at a time."""
    try:
        offer = step.quote()
        chosen = step.draft.day() or step.draft.start_day(step.profile.home.time_zone)
        found = build_picker(step.requests, step.slot_query(offer), step.draft.since(), chosen)
    except DomainError as error:
        return render_first_step(step, error)
    return step.render(
        "request_times.html",
        offer=offer,
        chosen=wizard_summary(step, offer),
        picker=found,
        form=Form(),
    )


def render_first_step(step: WizardStep, error: DomainError | None = None) -> HTMLResponse:
    """Render the first step, with its error if there is one."""
    card = step.profiles.rate_card(step.profile)
    extras = step.profiles.settings_for(
        step.profile.profile_id, step.profile.user_id
    ).settings.extras
    form = step.draft.to_refused_form(error) if error else step.draft.to_form()
    if error is None and not step.draft.is_started:
        form = Form(_default_choices(card))
    return step.render(
        "request_choices.html",
        (error.status if form_field(error) == "" else UNPROCESSABLE) if error else 200,
        form=form,
        choices=_choices(card),
        extras=[
            (
                extra.key,
                _("%(name)s, %(price)s", name=extra.label, price=format_money(extra.price)),
            )
            for extra in extras
            if extra.trigger is ExtraTrigger.CHOSEN
        ],
        urgent=next(
            (format_money(e.price) for e in extras if e.trigger is ExtraTrigger.URGENT), None
        ),
        rates=rate_rows(card),
    )


def wizard_summary(step: WizardStep, offer: QuotedOffer) -> dict[str, Any]:
    """Return the labels of the values chosen so far."""
    ask = step.draft.quote_request()
    what = {
        "what": services_label(ask.services),
        "length": format_duration(ask.duration_minutes),
        "where": _(CLIENT_VENUE_LABELS[ask.venue]),
    }
    return {
        **what,
        "summary": _("%(what)s, %(length)s. %(where)s.", **what),
        "price": format_money(offer.quote.total),
        "lines": price_lines(offer.quote),
    }


def rate_rows(card: list[Rate]) -> list[tuple[str, str]]:
    """Return the rate card as rows: service, place and duration, then the price."""
    return [
        (
            rate_label(rate.service, rate.venue, rate.duration_minutes),
            format_money(rate.price),
        )
        for rate in card
    ]


def _default_choices(card: list[Rate]) -> dict[str, str]:
    if not card:
        return {}
    cheapest = min(card, key=lambda rate: rate.price.minor_units)
    return {
        "service": cheapest.service,
        "duration": str(cheapest.duration_minutes),
        "venue": str(cheapest.venue),
    }


def _choices(card: list[Rate]) -> dict[str, list[tuple[str, str]]]:
    offered = sorted({rate.service for rate in card}, key=service_label)
    lengths = {rate.duration_minutes for rate in card}
    shortest = min(lengths, default=0)
    longest = max([*lengths, int(LONG_MEETING.total_seconds()) // 60])
    lengths |= {minutes for minutes in OFFERED_MINUTES if shortest <= minutes <= longest}
    venues = {rate.venue for rate in card}
    if any(rate.service == "travel" and rate.venue is Venue.OUTCALL for rate in card):
        venues.add(Venue.TRAVEL)
    return {
        "service": [(key, service_label(key)) for key in offered],
        "duration": [(str(minutes), format_duration(minutes)) for minutes in sorted(lengths)],
        "venue": [
            (str(venue), _(text)) for venue, text in CLIENT_VENUE_LABELS.items() if venue in venues
        ],
    }


@router.api_route("/new/{slug}/details", methods=["GET", "POST"])
async def details(step: WizardStepDep) -> Response:
    """Render the step for answers, special requests and address."""
    try:
        offer = step.quote()
        step.draft.start()
    except DomainError as error:
        return _redirect_to_missing_step(step, error)
    start = _find_start(step, offer)
    return (
        _render_details(step, offer, start) if start else _render_taken(step, offer, _time_taken())
    )


@router.get("/new/{slug}/summary")
@router.get("/new/{slug}/send")
async def redirect_to_first_step(step: WizardStepDep) -> Response:
    """Redirect a visitor of a URL that only accepts forms to the first step."""
    return redirect(step.path)


@router.post("/new/{slug}/summary")
async def summary(step: WizardStepDep) -> Response:
    """Render price and policy, to agree to."""
    try:
        offer = step.quote()
        step.draft.start()
    except DomainError as error:
        return _redirect_to_missing_step(step, error)
    start = _find_start(step, offer)
    if start is None:
        return _render_taken(step, offer, _time_taken())
    if wrong := step.draft.detail_errors(offer.questions):
        return _render_details(step, offer, start, UNPROCESSABLE, wrong)
    return _render_summary(step, offer, start)


@router.post("/new/{slug}/send", dependencies=[Depends(limit_client_requests)])
async def send(step: WizardStepDep) -> Response:
    """Send the request: once, however often the button is pressed."""
    draft = step.draft
    try:
        new = draft.to_request(step.profile.profile_id)
    except DomainError as error:
        return _redirect_to_missing_step(step, error)
    if draft.form.agree != "true":
        agree = Invalid("not-agreed", _("Tick the box if you agree."), field="agree")
        return _render_refusal(step, agree)
    try:
        booking = step.requests.create(
            step.client.user_id, draft.form.key[:100] or str(new_id()), new
        )
    except DomainError as error:
        return _render_refusal(step, error)
    return redirect(f"/bookings/{booking.id}?done=sent")


@router.post("/waitlist", dependencies=[Depends(limit_client_writes)])
async def join_waitlist(
    request: Request, client: Client, profiles: ProfileLookupDep, waitlist: WaitlistDep
) -> Response:
    """Join the waitlist for a period that is taken."""
    form = await read_form(request, JoinWaitlistForm)
    if isinstance(form, FormErrors):
        raise Invalid("not-a-form", _("Submit the form on the page."))
    profile = profiles.bookable(form.slug, client.user_id)
    period = Interval(form.start, form.start + timedelta(minutes=form.duration))
    waitlist.join(client.user_id, profile.profile_id, period)
    return redirect("/bookings?done=waiting")


def _time_taken() -> Conflict:
    return Conflict("time-taken", _("This time is no longer free."), field="start")


def _render_refusal(step: WizardStep, error: DomainError) -> Response:
    """Render the step that can correct the error."""
    try:
        offer = step.quote()
    except DomainError as other:
        return render_first_step(step, other)
    field = form_field(error)
    if field == "start":
        return _render_taken(step, offer, error)
    start = _find_start(step, offer)
    if start is None:
        return _render_taken(step, offer, _time_taken())
    if wrong := step.draft.detail_errors(offer.questions):
        return _render_details(step, offer, start, UNPROCESSABLE, wrong)
    errors = {field if field == "agree" else "": error.message}
    return _render_summary(step, offer, start, error.status, errors)


def _redirect_to_missing_step(step: WizardStep, error: DomainError) -> Response:
    """Redirect to the step of the missing value."""
    if form_field(error) == "start":
        return redirect(f"{step.path}/times?{urlencode(step.draft.url_fields())}")
    return render_first_step(step, error)


def _find_start(step: WizardStep, offer: QuotedOffer) -> StartSlot | None:
    return find_slot(step.requests, step.slot_query(offer), step.draft.start(), step.draft.city())


def _render_details(
    step: WizardStep,
    offer: QuotedOffer,
    start: StartSlot,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    return step.render(
        "request_details.html",
        status,
        chosen=wizard_summary(step, offer) | _time_labels(step, start),
        form=step.draft.to_form(errors, offer.questions),
        questions=offer.questions,
        # Without private values: the browser restores those by itself.
        address=f"{step.path}/details?{urlencode(step.draft.url_fields())}",
        limits={"answer": MAX_ANSWER, "text": MAX_TEXT, "address": MAX_ADDRESS},
        asks_address=step.draft.quote_request().venue is not Venue.INCALL,
    )


def _render_summary(
    step: WizardStep,
    offer: QuotedOffer,
    start: StartSlot,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    deposit, hours = offer.deposit, timedelta(hours=offer.preferences.answer_hours)
    return step.render(
        "request_summary.html",
        status,
        chosen=wizard_summary(step, offer) | _time_labels(step, start),
        place=city_label(start.place.city),
        form=step.draft.to_form(errors),
        questions=offer.questions,
        rules=policy_sentences(offer.policy, offer.quote.total),
        deposit=format_money(deposit) if deposit.minor_units else "",
        # 0 if the start comes before the end of the time to answer.
        answer_hours=0 if start.at <= clock.now() + hours else offer.preferences.answer_hours,
        sent={
            "policyVersion": offer.policy.version,
            "amount": offer.quote.total.minor_units,
            # One key per displayed summary: pressing twice sends once, a changed summary sends anew.
            "key": str(new_id()),
        },
    )


def _render_taken(step: WizardStep, offer: QuotedOffer, error: DomainError) -> HTMLResponse:
    query, start = step.slot_query(offer), step.draft.start()
    return step.render(
        "request_time_taken.html",
        error.status,
        why=error.message,
        chosen=wizard_summary(step, offer) | _time_labels(step),
        others=[slot for _, slot in nearest_slots(step.requests, query, start)],
        can_wait=error.code == "time-taken" and start > query.now,
        start=start.isoformat(),
    )


def _time_labels(step: WizardStep, slot: StartSlot | None = None) -> dict[str, str]:
    start, zone = step.draft.start(), (slot.place if slot else step.profile.home).time_zone
    return {
        "when": interval_label(Interval(start, start + step.draft.length()), zone),
        "zone": zone_label(zone),
    }
