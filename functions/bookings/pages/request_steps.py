"""Asking for a meeting, first half: what, how long, where, and when."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bookings.dependencies import Asking
from bookings.domain.calendar import LONG
from bookings.domain.pricing import Rate, When
from bookings.domain.venue import Venue
from bookings.page_dependencies import AT_DESK, Asker, Known, Somebody
from bookings.pages.forms import REFUSED, show
from bookings.pages.labels import TO_CLIENT, lines, service, services
from bookings.pages.request_draft import Draft, field_of, read_draft
from bookings.pages.slots import Wanted, picker
from bookings.repository.directory import Profile
from bookings.service.profile_lookup import Profiles
from bookings.service.requests import Offer, Requesting
from contracts.identity import Permission
from kit import clock
from kit.auth import Principal
from kit.errors import DomainError
from kit.pages import Form
from kit.pages.formatting import duration

fragment = APIRouter(prefix="/bookings", include_in_schema=False)
router = APIRouter(prefix="/bookings", dependencies=[AT_DESK], include_in_schema=False)
LENGTHS = (60, 90, 120, 150, 180, 240, 300, 360, 480, 720, 1440, 2880, 4320, 10080)
"""Minutes that are offered besides those of the rate card."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request of somebody who asks for a meeting."""

    request: Request
    client: Principal
    profile: Profile
    draft: Draft
    asking: Requesting
    profiles: Profiles

    @property
    def path(self) -> str:
        """Where the steps are."""
        return f"/bookings/new/{self.profile.slug}"

    def offer(self) -> Offer:
        """Return price, policy and questions for what was chosen."""
        return self.asking.offer(self.profile.escort_id, self.draft.ask())

    def wanted(self, offer: Offer) -> Wanted:
        """Return what to look for in her calendar."""
        draft = self.draft
        return Wanted(
            self.profile,
            draft.length(),
            draft.ask().venue,
            clock.now(),
            offer.preferences.horizon_days,
        )

    def show(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Answer with a page of this way."""
        return show(
            self.request,
            template,
            status,
            steps=self.path,
            profile=self.profile,
            draft=self.draft,
            method="post" if self.draft.private else "get",
            **context,
        )


async def step(request: Request, slug: str, client: Asker, asking: Asking, known: Known) -> Step:
    """Begin or go on with a request to a profile that takes some."""
    return Step(
        request,
        client,
        known.asked(slug, client.user_id),
        await read_draft(request),
        asking,
        known,
    )


type InStep = Annotated[Step, Depends(step)]


@fragment.get("/_request-form/{slug}")
async def request_fragment(
    request: Request, slug: str, known: Known, somebody: Somebody
) -> HTMLResponse:
    """Return what stands in a profile: the first choices for a client, for nobody the way in."""
    if somebody is not None and Permission.CREATE_BOOKING not in somebody.permissions:
        return HTMLResponse("")
    profile = known.public(slug)
    card = known.rate_card(profile) if somebody is not None else []
    return show(
        request,
        "_request_form.html",
        slug=profile.slug,
        signed_in=somebody is not None,
        form=Form(_first(card), prefix="ask"),
        choices=_choices(card),
    )


@router.api_route("/new/{slug}", methods=["GET", "POST"])
async def choose(at: InStep) -> Response:
    """Ask what, how long and where."""
    return choose_again(at)


@router.api_route("/new/{slug}/times", methods=["GET", "POST"])
async def times(at: InStep) -> Response:
    """Show when it may begin, a week at a time."""
    try:
        offer = at.offer()
        chosen = at.draft.day() or at.draft.start_day(at.profile.home.zone)
        found = picker(at.asking, at.wanted(offer), at.draft.since(), chosen)
    except DomainError as error:
        return choose_again(at, error)
    return at.show("ask_times.html", offer=offer, told=told(at, offer), picker=found, form=Form())


def choose_again(at: Step, error: DomainError | None = None) -> HTMLResponse:
    """Show the first step, with what is wrong with it."""
    card = at.profiles.rate_card(at.profile)
    extras = at.profiles.rules(at.profile.escort_id, at.profile.user_id).preferences.extras
    form = at.draft.refused(error) if error else at.draft.shown()
    if error is None and not at.draft.started:
        form = Form(_first(card))
    return at.show(
        "ask_choose.html",
        (error.status if field_of(error) == "" else REFUSED) if error else 200,
        form=form,
        choices=_choices(card),
        extras=[
            (extra.key, f"{extra.label}, {extra.price}")
            for extra in extras
            if extra.when is When.CHOSEN
        ],
        urgent=next((e.price for e in extras if e.when is When.URGENT), None),
        rates=rate_rows(card),
    )


def told(at: Step, offer: Offer) -> dict[str, Any]:
    """Return what was chosen so far, in words."""
    ask = at.draft.ask()
    return {
        "what": services(ask.services),
        "length": duration(ask.duration_minutes),
        "where": TO_CLIENT[ask.venue],
        "price": str(offer.quote.total),
        "lines": lines(offer.quote),
    }


def rate_rows(card: list[Rate]) -> list[tuple[str, str, str]]:
    """Return the rate card as rows: service and place, duration, price."""
    return [
        (
            f"{service(rate.service)}, {TO_CLIENT[rate.venue].lower()}",
            duration(rate.duration_minutes),
            str(rate.price),
        )
        for rate in card
    ]


def _first(card: list[Rate]) -> dict[str, str]:
    if not card:
        return {}
    cheapest = min(card, key=lambda rate: rate.price.minor_units)
    return {
        "service": cheapest.service,
        "duration": str(cheapest.duration_minutes),
        "venue": str(cheapest.venue),
    }


def _choices(card: list[Rate]) -> dict[str, list[tuple[str, str]]]:
    offered = sorted({rate.service for rate in card}, key=service)
    lengths = {rate.duration_minutes for rate in card}
    shortest = min(lengths, default=0)
    longest = max([*lengths, int(LONG.total_seconds()) // 60])
    lengths |= {minutes for minutes in LENGTHS if shortest <= minutes <= longest}
    venues = {rate.venue for rate in card}
    if any(rate.service == "travel" and rate.venue is Venue.OUTCALL for rate in card):
        venues.add(Venue.TRAVEL)
    return {
        "service": [(key, service(key)) for key in offered],
        "duration": [(str(minutes), duration(minutes)) for minutes in sorted(lengths)],
        "venue": [(str(venue), text) for venue, text in TO_CLIENT.items() if venue in venues],
    }
