"""What each side, and staff, see of bookings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.spans import Span
from bookings.domain.transitions import Action, Actor, Status, is_possible
from bookings.domain.venue import Venue
from bookings.repository import Bookings, Directory, PrivateParts, Proposals, Providers
from bookings.repository.encrypted_fields import Part, answers_of
from bookings.service.callers import Caller
from bookings.service.transitions import no_such_booking
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Invalid
from kit.pagination import decode_cursor, encode_cursor

PAGE, LONGEST_PAGE = 20, 100
LONGEST_CALENDAR = timedelta(days=62)
_CURSOR = {"at": str, "id": str, "newest": bool}
_ALL = 1000

# Staff decide about states and money; what people told each other is not theirs to read.
_TOLD = (Part.ANSWERS, Part.MESSAGE, Part.SPECIAL_REQUESTS, Part.REASON)
_READS = {
    Actor.CLIENT: (*_TOLD, Part.CLIENT_NOTE),
    Actor.PROVIDER: (*_TOLD, Part.PROVIDER_NOTE),
}
_TOOK_ITS_TIME = {Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW}


@dataclass(frozen=True, slots=True)
class View:
    """A booking as one side sees it."""

    booking: Booking
    actor: Actor
    answers: dict[str, str]
    message: str
    special_requests: str
    note: str
    """One's own; the other side never sees it."""
    address: str
    """Where exactly, once it is confirmed; one's own at any time."""
    proposals: list[Proposal]
    history: list[dict[str, Any]]
    """at, action, actor, from_status, to_status; oldest first."""
    actions: frozenset[Action]
    """What this side may do at the moment."""
    name: str = ""
    slug: str = ""
    """The profile's while it is public; else its name as it was at the request, and no address.

    Both are empty once it is closed.
    """


@dataclass(frozen=True, slots=True)
class Query:
    """Which bookings to list: one's own by `side`, or all of them for staff (`side` STAFF)."""

    side: Actor
    statuses: tuple[Status, ...] = ()
    within: Span | None = None
    newest_first: bool = False
    cursor: str | None = None
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of bookings, the profiles' names and addresses, and where to go on."""

    bookings: list[Booking]
    names: dict[UUID, tuple[str, str]]
    next_cursor: str | None

    def named(self, booking: Booking) -> tuple[str, str]:
        """Return name and address of its profile, as `View` has them."""
        return shown_name(booking, self.names)


@dataclass(frozen=True, slots=True)
class Reading:
    """Reading bookings, on one transaction."""

    work: UnitOfWork
    envelope: Envelope
    now: Clock

    def one(self, caller: Caller, booking_id: UUID) -> View:
        """Return a booking with all that the caller may know of it."""
        booking = Bookings(self.work).by_id(booking_id)
        if booking is None or (actor := caller.actor(booking)) is None:
            raise no_such_booking()
        parts = PrivateParts(self.work, self.envelope).read(booking.id, _READS.get(actor, ()))
        proposals = Proposals(self.work).of(booking.id)
        name, slug = shown_name(booking, self._names([booking]))
        return View(
            booking=replace(booking, reason=parts.get(Part.REASON, "")),
            actor=actor,
            answers=answers_of(parts.get(Part.ANSWERS, "")),
            message=parts.get(Part.MESSAGE, ""),
            special_requests=parts.get(Part.SPECIAL_REQUESTS, ""),
            note=parts.get(Part.CLIENT_NOTE, "") or parts.get(Part.PROVIDER_NOTE, ""),
            address=self._address(booking, actor),
            proposals=proposals,
            history=Bookings(self.work).history(booking.id),
            actions=possible(booking, actor, self.now(), proposals),
            name=name,
            slug=slug,
        )

    def page(self, caller: Caller, query: Query) -> Listed:
        """Return a page of bookings by their beginning."""
        if not 1 <= query.limit <= LONGEST_PAGE:
            raise Invalid("limit", f"Choose from 1 to {LONGEST_PAGE}.", field="limit")
        is_staff = query.side is Actor.STAFF
        if is_staff and not caller.staff:
            raise Invalid("side", "Choose client or provider.", field="side")
        found = Bookings(self.work).of(
            "provider_id" if query.side is Actor.PROVIDER else "client_id",
            None if is_staff else caller.user_id,
            statuses=query.statuses,
            within=query.within,
            after=_after(query),
            newest_first=query.newest_first,
            limit=query.limit + 1,
        )
        page = found[: query.limit]
        return Listed(
            page,
            self._names(page),
            _cursor(page[-1], query) if len(found) > query.limit else None,
        )

    def asked_by(self, side: Actor, bookings: list[Booking]) -> set[UUID]:
        """Return those of one's bookings that wait for the other side, asked for another time."""
        return Proposals(self.work).open_by(side, [booking.id for booking in bookings])

    def in_the_way(self, booking: Booking) -> list[Booking]:
        """Return the bookings that hold some of the time that a request needs, buffers included."""
        if booking.status is not Status.REQUESTED:
            return []
        return Bookings(self.work).holding(booking.escort_id, booking.padded, self.now())

    def calendar(self, user_id: UUID, side: Actor, within: Span) -> Listed:
        """Return what is in somebody's calendar: what is held, what took place, what waits."""
        if not timedelta() < within.length <= LONGEST_CALENDAR:
            raise Invalid(
                "range-out-of-bounds", f"Look at up to {LONGEST_CALENDAR.days} days.", field="to"
            )
        statuses = (
            Status.REQUESTED, Status.ACCEPTED, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW,
        )  # fmt: skip
        found = Bookings(self.work).of(
            "provider_id" if side is Actor.PROVIDER else "client_id",
            user_id,
            statuses=statuses,
            within=within,
            limit=_ALL,
        )
        return Listed(found, self._names(found), None)

    def _names(self, bookings: list[Booking]) -> dict[UUID, tuple[str, str]]:
        return Directory(self.work).names([booking.escort_id for booking in bookings])

    def _address(self, booking: Booking, actor: Actor) -> str:
        private = PrivateParts(self.work, self.envelope)
        is_host = actor is (Actor.PROVIDER if booking.venue is Venue.INCALL else Actor.CLIENT)
        if actor is Actor.STAFF or not (is_host or _is_released(booking, self.now())):
            return ""
        if booking.venue is not Venue.INCALL:
            return private.read(booking.id, [Part.ADDRESS]).get(Part.ADDRESS, "")
        sealed = Providers(self.work).address(booking.escort_id)
        return private.open_address(booking.escort_id, sealed) if sealed else ""


def _is_released(booking: Booking, now: datetime) -> bool:
    """Tell whether the guest may know where.

    A provider's own address is the one that she has today: who was there does not learn where she
    went since, who never came learns nothing. Where she was, she may look up for some days.
    """
    if booking.venue is Venue.INCALL:
        return booking.status is Status.CONFIRMED and now < booking.span.end
    forgotten = booking.span.end + timedelta(days=booking.address_days)
    return booking.status in _TOOK_ITS_TIME and now < forgotten


def shown_name(booking: Booking, names: Mapping[UUID, tuple[str, str]]) -> tuple[str, str]:
    """Return name and address of a booking's profile."""
    if booking.escort_id not in names:
        return "", ""
    name, slug = names[booking.escort_id]
    return name or booking.name, slug


def possible(
    booking: Booking, actor: Actor, now: datetime, proposals: list[Proposal]
) -> frozenset[Action]:
    """Return what somebody may do to a booking at the moment, for pages to offer."""
    asked = next((p.by for p in proposals if p.status is ProposalStatus.OPEN), None)
    facts = booking.facts(actor, now, asked)
    return frozenset(action for action in Action if is_possible(booking.status, action, facts))


def _cursor(last: Booking, query: Query) -> str:
    return encode_cursor(
        {"at": last.span.start.isoformat(), "id": str(last.id), "newest": query.newest_first}
    )


def _after(query: Query) -> tuple[datetime, UUID] | None:
    if query.cursor is None:
        return None
    values = decode_cursor(query.cursor, _CURSOR)
    refused = Invalid(
        "cursor", "This cursor is not of this list: start from the first page.", field="cursor"
    )
    try:
        at, last = datetime.fromisoformat(str(values["at"])), UUID(str(values["id"]))
    except ValueError as error:
        raise refused from error
    if at.tzinfo is None or values["newest"] is not query.newest_first:
        raise refused
    return at, last
