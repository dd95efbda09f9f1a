"""Queries for bookings, as visible to each participant and to staff."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.transitions import STATES, Action, Actor, Status, is_allowed
from bookings.domain.venue import Venue
from bookings.repository import (
    BookingRepository,
    DirectoryRepository,
    EncryptedFields,
    ProposalRepository,
    ProviderRepository,
)
from bookings.repository.encrypted_fields import EncryptedField, decode_answers
from bookings.service.actor import Caller
from bookings.service.transitions import booking_not_found
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.intervals import Interval
from kit.pagination import decode_cursor, encode_cursor

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 20, 100
MAX_CALENDAR_RANGE = timedelta(days=62)
_CURSOR = {"at": str, "id": str, "newest": bool}
_CALENDAR_LIMIT = 1000

# Staff see statuses and money, but not the texts between client and provider.
_SHARED_FIELDS = (
    EncryptedField.ANSWERS,
    EncryptedField.MESSAGE,
    EncryptedField.SPECIAL_REQUESTS,
    EncryptedField.REASON,
)
_READABLE_FIELDS = {
    Actor.CLIENT: (*_SHARED_FIELDS, EncryptedField.CLIENT_NOTE),
    Actor.PROVIDER: (*_SHARED_FIELDS, EncryptedField.PROVIDER_NOTE),
}
_CALENDAR_STATUSES = tuple(status for status in Status if STATES[status].in_calendar)


@dataclass(frozen=True, slots=True)
class BookingDetail:
    """A booking as visible to one participant."""

    booking: Booking
    actor: Actor
    answers: dict[str, str]
    message: str
    special_requests: str
    note: str
    """The caller's own note; the other participant never sees it."""
    address: str
    """The exact address once the booking is confirmed; the caller's own at any time."""
    proposals: list[Proposal]
    history: list[dict[str, Any]]
    """at, action, actor, from_status, to_status; oldest first."""
    actions: frozenset[Action]
    """Actions available to the caller now."""
    name: str = ""
    slug: str = ""
    """Name and slug of the profile while it is public, else the name at the request and no slug.

    Both are empty once the profile is closed.
    """

    @property
    def open_proposal(self) -> Proposal | None:
        """The open proposal of another time, if there is one."""
        return next((one for one in self.proposals if one.status is ProposalStatus.OPEN), None)


@dataclass(frozen=True, slots=True)
class BookingFilter:
    """Filter of a list: the account's bookings by `side`, or all for staff (`side` STAFF)."""

    side: Actor
    statuses: tuple[Status, ...] = ()
    within: Interval | None = None
    newest_first: bool = False
    cursor: str | None = None
    limit: int = DEFAULT_PAGE_SIZE


@dataclass(frozen=True, slots=True)
class BookingList:
    """A page of bookings with the names and slugs of their profiles, and the next cursor."""

    bookings: list[Booking]
    names: dict[UUID, tuple[str, str]]
    next_cursor: str | None

    def profile_label(self, booking: Booking) -> tuple[str, str]:
        """Return name and slug of the booking's profile, as in `BookingDetail`."""
        return displayed_profile(booking, self.names)


@dataclass(frozen=True, slots=True)
class BookingQueries:
    """Queries for bookings, on one transaction."""

    work: UnitOfWork
    envelope: Envelope
    now: Clock

    def get(self, caller: Caller, booking_id: UUID) -> BookingDetail:
        """Return a booking with all that the caller may see."""
        booking = BookingRepository(self.work).by_id(booking_id)
        if booking is None or (actor := caller.actor(booking)) is None:
            raise booking_not_found()
        parts = EncryptedFields(self.work, self.envelope).read(
            booking.id, _READABLE_FIELDS.get(actor, ())
        )
        proposals = ProposalRepository(self.work).list_for_booking(booking.id)
        name, slug = displayed_profile(booking, self._names([booking]))
        return BookingDetail(
            booking=replace(booking, reason=parts.get(EncryptedField.REASON, "")),
            actor=actor,
            answers=decode_answers(parts.get(EncryptedField.ANSWERS, "")),
            message=parts.get(EncryptedField.MESSAGE, ""),
            special_requests=parts.get(EncryptedField.SPECIAL_REQUESTS, ""),
            note=parts.get(EncryptedField.CLIENT_NOTE, "")
            or parts.get(EncryptedField.PROVIDER_NOTE, ""),
            address=self._address(booking, actor),
            proposals=proposals,
            history=BookingRepository(self.work).list_history(booking.id),
            actions=available_actions(booking, actor, self.now(), proposals),
            name=name,
            slug=slug,
        )

    def list_page(self, caller: Caller, query: BookingFilter) -> BookingList:
        """Return a page of bookings by start."""
        if not 1 <= query.limit <= MAX_PAGE_SIZE:
            raise Invalid(
                "limit",
                _("Choose from 1 to %(count)s.", count=MAX_PAGE_SIZE),
                field="limit",
            )
        is_staff = query.side is Actor.STAFF
        if is_staff and not caller.staff:
            raise Invalid("side", _("Choose client or provider."), field="side")
        found = BookingRepository(self.work).list_for_user(
            "provider_id" if query.side is Actor.PROVIDER else "client_id",
            None if is_staff else caller.user_id,
            statuses=query.statuses,
            within=query.within,
            after=_after(query),
            newest_first=query.newest_first,
            limit=query.limit + 1,
        )
        page = found[: query.limit]
        return BookingList(
            page,
            self._names(page),
            _cursor(page[-1], query) if len(found) > query.limit else None,
        )

    def list_proposed_by(self, side: Actor, bookings: list[Booking]) -> set[UUID]:
        """Return those of the bookings with an open proposal by `side`."""
        return ProposalRepository(self.work).list_open_proposed_by(
            side, [booking.id for booking in bookings]
        )

    def list_conflicting(self, booking: Booking) -> list[Booking]:
        """Return the bookings that hold part of the buffered period of a request."""
        if booking.status is not Status.REQUESTED:
            return []
        return BookingRepository(self.work).list_holding(
            booking.profile_id, booking.buffered_period, self.now()
        )

    def list_calendar(self, user_id: UUID, side: Actor, within: Interval) -> BookingList:
        """Return an account's open, completed and no-show bookings in a period."""
        if not timedelta() < within.length <= MAX_CALENDAR_RANGE:
            raise Invalid(
                "range-out-of-bounds",
                _("Look at up to %(days)s days.", days=MAX_CALENDAR_RANGE.days),
                field="to",
            )
        found = BookingRepository(self.work).list_for_user(
            "provider_id" if side is Actor.PROVIDER else "client_id",
            user_id,
            statuses=_CALENDAR_STATUSES,
            within=within,
            limit=_CALENDAR_LIMIT,
        )
        return BookingList(found, self._names(found), None)

    def _names(self, bookings: list[Booking]) -> dict[UUID, tuple[str, str]]:
        return DirectoryRepository(self.work).names_and_slugs(
            [booking.profile_id for booking in bookings]
        )

    def _address(self, booking: Booking, actor: Actor) -> str:
        private = EncryptedFields(self.work, self.envelope)
        is_host = actor is (Actor.PROVIDER if booking.venue is Venue.INCALL else Actor.CLIENT)
        if actor is Actor.STAFF or not (is_host or _is_address_visible(booking, self.now())):
            return ""
        if booking.venue is not Venue.INCALL:
            return private.read(booking.id, [EncryptedField.ADDRESS]).get(
                EncryptedField.ADDRESS, ""
            )
        sealed = ProviderRepository(self.work).address(booking.profile_id)
        return private.open_address(booking.profile_id, sealed) if sealed else ""


def _is_address_visible(booking: Booking, now: datetime) -> bool:
    """Tell whether the visiting participant may see the address.

    The incall address is the provider's current one: a client does not learn where the provider moved
    after the meeting, and a client who never came learns nothing. Providers see a client's address for
    some days after the meeting.
    """
    if booking.venue is Venue.INCALL:
        return booking.status is Status.CONFIRMED and now < booking.period.end
    hidden_at = booking.period.end + timedelta(days=booking.address_days)
    return STATES[booking.status].shows_address and now < hidden_at


def displayed_profile(booking: Booking, names: Mapping[UUID, tuple[str, str]]) -> tuple[str, str]:
    """Return name and slug of a booking's profile."""
    if booking.profile_id not in names:
        return "", ""
    name, slug = names[booking.profile_id]
    return name or booking.profile_name, slug


def available_actions(
    booking: Booking, actor: Actor, now: datetime, proposals: list[Proposal]
) -> frozenset[Action]:
    """Return the actions that pages should offer to this actor now."""
    proposed_by = next((p.proposed_by for p in proposals if p.status is ProposalStatus.OPEN), None)
    context = booking.transition_context(actor, now, proposed_by)
    return frozenset(action for action in Action if is_allowed(booking.status, action, context))


def _cursor(last: Booking, query: BookingFilter) -> str:
    return encode_cursor(
        {"at": last.period.start.isoformat(), "id": str(last.id), "newest": query.newest_first}
    )


def _after(query: BookingFilter) -> tuple[datetime, UUID] | None:
    if query.cursor is None:
        return None
    values = decode_cursor(query.cursor, _CURSOR)
    refused = Invalid(
        "cursor",
        _("This cursor belongs to another list: start from the first page."),
        field="cursor",
    )
    try:
        at, last = datetime.fromisoformat(str(values["at"])), UUID(str(values["id"]))
    except ValueError as error:
        raise refused from error
    if at.tzinfo is None or values["newest"] is not query.newest_first:
        raise refused
    return at, last
