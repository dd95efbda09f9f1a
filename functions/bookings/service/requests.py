"""Asking for a meeting: what it costs, when it may begin, and the request itself."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.calendar import Meeting, Place, Start, bookable, require_length, starts
from bookings.domain.limits import require_room
from bookings.domain.moments import instant
from bookings.domain.policy import Policy
from bookings.domain.pricing import Ask, Quote, priced
from bookings.domain.settings import Preferences, Provider, Question, answered
from bookings.domain.spans import Span
from bookings.domain.text_limits import LONGEST_ADDRESS, LONGEST_TEXT, written
from bookings.domain.transitions import Actor, Status
from bookings.domain.venue import Venue
from bookings.repository import Bookings, Directory, PrivateParts, Providers
from bookings.repository.directory import Profile
from bookings.repository.encrypted_fields import Part, answers_text
from bookings.repository.feeds import IdempotencyKeys
from bookings.service.calendars import calendar_around
from bookings.service.transitions import Moves, no_such_booking
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from kit.ids import new_id
from kit.money import Money

LONGEST_LOOK = timedelta(days=62)
"""Days of starts in one answer."""
_THINKABLE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a meeting would cost, and under which rules."""

    profile: Profile
    quote: Quote
    deposit: Money
    policy: Policy
    questions: tuple[Question, ...]
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class LocalStart:
    """A beginning by date and clock, where the provider will be."""

    day: date
    at: time


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What a client sends. The amount may be left out; if not, it is compared."""

    escort_id: UUID
    start: datetime | LocalStart
    ask: Ask
    policy_version: int | None
    """The version of the policy that the client was shown and agreed to."""
    amount_minor: int | None = None
    amount: Decimal | None = None
    """The same in whole units, as older clients send it."""
    city: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    special_requests: str = ""
    address: str = ""

    def clean(self) -> "NewRequest":
        """Return it with its texts as they are kept, or refuse one of them."""
        return replace(
            self,
            message=written(self.message, LONGEST_TEXT, "notes"),
            special_requests=written(self.special_requests, LONGEST_TEXT, "specialRequests"),
            address=written(self.address, LONGEST_ADDRESS, "location"),
        )

    def fingerprint(self) -> bytes:
        """Return what is the same for the same request alone."""
        text = json.dumps(
            [
                str(self.escort_id), str(self.start), repr(self.ask), self.policy_version,
                self.amount_minor, str(self.amount), self.city, sorted(self.answers.items()),
                self.message, self.special_requests, self.address,
            ],
        )  # fmt: skip
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Requesting:
    """The client's side before there is a booking, on one transaction."""

    work: UnitOfWork
    envelope: Envelope
    now: Clock

    def offer(self, escort_id: UUID, ask: Ask) -> Offer:
        """Return what it would cost, with deposit, policy and the provider's questions."""
        profile = self.public_profile(escort_id)
        provider = self._provider(profile)
        quote = priced(ask, Directory(self.work).rate_card(escort_id), provider.preferences.extras)
        return Offer(
            profile=profile,
            quote=quote,
            deposit=provider.policy.deposit(quote.total),
            policy=provider.policy,
            questions=provider.preferences.questions,
            preferences=provider.preferences,
        )

    def availability(
        self, escort_id: UUID, within: Span, duration: timedelta, venue: Venue = Venue.INCALL
    ) -> list[Start]:
        """Return when a meeting may begin: exactly what a request would be let through with."""
        if not timedelta() < within.length <= LONGEST_LOOK:
            raise Invalid(
                "range-out-of-bounds", f"Look at up to {LONGEST_LOOK.days} days.", field="to"
            )
        require_length(duration)
        _require_thinkable(within.start, self.now(), "from")
        provider = self._provider(self.public_profile(escort_id))
        calendar = calendar_around(
            self.work, provider, venue, Span(within.start, within.end + duration), self.now()
        )
        return starts(calendar, Meeting(duration, venue), within)

    def public_profile(self, escort_id: UUID) -> Profile:
        """Return a profile that takes requests."""
        profile = Directory(self.work).profile(escort_id)
        if profile is None or not profile.public:
            raise NotFound("no-such-profile", "There is no such profile.", field="escortId")
        return profile

    def request(self, client_id: UUID, key: str, new: NewRequest) -> Booking:
        """Ask for a meeting; the same key with the same request is answered as the first time."""
        booking_id = new_id()
        new = new.clean()
        # Sealed: a digest of message and address would let whoever reads it try guesses.
        whose = {"key": key, "user": str(client_id)}
        sealed = self.envelope.seal(new.fingerprint(), whose)
        known = IdempotencyKeys(self.work).claim(client_id, key, sealed, booking_id, self.now())
        if known is not None:
            return self._again(new, known[0], self.envelope.open(known[1], whose))
        booking, answers = self._made(booking_id, client_id, new)
        moves = Moves(self.work, self.now)
        moves.begin(booking, Actor.CLIENT, client_id, "request")
        self._keep_private(booking.id, new, answers)
        moves.publisher.requested(booking)
        return booking

    def _again(self, new: NewRequest, booking_id: UUID, fingerprint: bytes) -> Booking:
        if fingerprint != new.fingerprint():
            raise Invalid(
                "idempotency-key-reused",
                "This key was sent with another request: take a new one.",
                field="Idempotency-Key",
            )
        booking = Bookings(self.work).by_id(booking_id)
        if booking is None:
            raise no_such_booking()
        return booking

    def _made(
        self, booking_id: UUID, client_id: UUID, new: NewRequest
    ) -> tuple[Booking, dict[str, str]]:
        profile = self.public_profile(new.escort_id)
        if profile.user_id == client_id:
            raise Forbidden("own-profile", "This is your own profile.")
        now = self.now()
        waiting = Bookings(self.work).open_requests(client_id, now)
        require_room(waiting.total(), waiting[profile.escort_id])
        Providers(self.work).ensure(profile.escort_id, profile.user_id, now)
        provider = self._provider(profile)
        preferences, policy = provider.preferences, provider.policy
        _require_agreed(policy, new.policy_version)
        answers = answered(preferences.questions, new.answers)
        quote = priced(
            new.ask, Directory(self.work).rate_card(profile.escort_id), preferences.extras
        )
        _require_amount(quote, new)
        start = self._start(provider, profile.home, new)
        span = Span(start.at, start.at + timedelta(minutes=new.ask.duration_minutes))
        answer_by = now + timedelta(hours=preferences.answer_hours)
        booking = Booking(
            id=booking_id,
            escort_id=profile.escort_id,
            provider_id=profile.user_id,
            client_id=client_id,
            status=Status.REQUESTED,
            span=span,
            padding=preferences.padding(new.ask.venue),
            place=start.place,
            venue=new.ask.venue,
            services=new.ask.services,
            urgent=new.ask.urgent,
            quote=quote,
            policy=policy,
            deposit=policy.deposit(quote.total),
            paid=Money(0, quote.total.currency),
            requested_at=now,
            expires_at=min(answer_by, span.start),
            address_days=preferences.address_days,
            name=profile.name,
        )
        return booking, answers

    def _start(self, provider: Provider, home: Place, new: NewRequest) -> Start:
        duration = timedelta(minutes=new.ask.duration_minutes)
        meeting = Meeting(duration, new.ask.venue)
        now = self.now()
        noon = new.start if isinstance(new.start, datetime) else _noon(new.start.day)
        _require_thinkable(noon, now, "start" if noon is new.start else "date")
        if isinstance(new.start, datetime):
            around = Span(new.start, new.start + max(duration, timedelta(minutes=1)))
            calendar = calendar_around(self.work, provider, new.ask.venue, around, now)
            return bookable(calendar, meeting, new.start, new.city)
        # Wherever she is on that day; at home where that cannot be told.
        day = Span(noon - timedelta(days=2), noon + timedelta(days=2) + duration)
        calendar = calendar_around(self.work, provider, new.ask.venue, day, now)
        zones = dict.fromkeys([home.zone, *sorted({p.place.zone for p in calendar.open})])
        refusals: list[DomainError] = []
        for zone in zones:
            try:
                at = instant(new.start.day, new.start.at, zone)
                found = bookable(calendar, meeting, at, new.city)
                if found.place.zone == zone:
                    return found
            except DomainError as error:
                refusals.append(error)
        raise refusals[0] if refusals else Conflict(
            "outside-hours", "The provider is not available then: choose another time.",
            field="time",
        )  # fmt: skip

    def _keep_private(self, booking_id: UUID, new: NewRequest, answers: dict[str, str]) -> None:
        private = PrivateParts(self.work, self.envelope)
        parts = {
            Part.ANSWERS: answers_text(answers),
            Part.MESSAGE: new.message,
            Part.SPECIAL_REQUESTS: new.special_requests,
            # Who comes to her leaves no address, whatever was sent.
            Part.ADDRESS: "" if new.ask.venue is Venue.INCALL else new.address,
        }
        for part, text in parts.items():
            if text:
                private.save(booking_id, part, text)

    def _provider(self, profile: Profile) -> Provider:
        known = Providers(self.work).by_id(profile.escort_id)
        return known or Provider(profile.escort_id, profile.user_id)


def _noon(day: date) -> datetime:
    return instant(day, time(12), "UTC")


def _require_thinkable(moment: datetime, now: datetime, field: str) -> None:
    if abs(moment - now) > _THINKABLE:
        raise Invalid("date-out-of-bounds", "Choose a date within a year.", field=field)


def _require_agreed(policy: Policy, version: int | None) -> None:
    if version is None:
        raise Invalid(
            "policy-not-agreed",
            "Read the cancellation policy and agree to it.",
            field="policyVersion",
        )
    if version != policy.version:
        raise Conflict(
            "policy-changed",
            "The provider has changed the cancellation policy: read it again.",
            field="policyVersion",
        )


def _require_amount(quote: Quote, new: NewRequest) -> None:
    told = new.amount_minor in (None, quote.total.minor_units)
    if not told or new.amount not in (None, quote.total.in_whole_units()):
        raise Invalid(
            "amount-differs", f"This costs {quote.total}: send that, or no amount.", field="amount"
        )
