"""Requests of clients: price, free slots, and the request itself."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.calendar import (
    CityZone,
    Meeting,
    StartSlot,
    list_slots,
    require_bookable,
    require_valid_duration,
)
from bookings.domain.limits import require_request_quota
from bookings.domain.policy import Policy
from bookings.domain.pricing import Quote, QuoteRequest, compute_quote
from bookings.domain.settings import BookingSettings, ProviderSettings, Question, validate_answers
from bookings.domain.text_limits import MAX_ADDRESS, MAX_TEXT, clean_text
from bookings.domain.transitions import Actor, Status
from bookings.domain.venue import Venue
from bookings.repository import (
    BookingRepository,
    DirectoryRepository,
    EncryptedFields,
    ProviderRepository,
)
from bookings.repository.directory import Profile
from bookings.repository.encrypted_fields import EncryptedField, encode_answers
from bookings.repository.feeds import IdempotencyKeyRepository
from bookings.service.calendars import load_calendar
from bookings.service.transitions import TransitionExecutor, booking_not_found
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from kit.formats import format_money
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.intervals import Interval
from kit.local_time import to_utc
from kit.money import Money

MAX_AVAILABILITY_RANGE = timedelta(days=62)
"""Longest interval of one availability query."""
_MAX_DISTANCE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class QuotedOffer:
    """Price, deposit, policy and questions for a request."""

    profile: Profile
    quote: Quote
    deposit: Money
    policy: Policy
    questions: tuple[Question, ...]
    preferences: BookingSettings


@dataclass(frozen=True, slots=True)
class LocalStart:
    """A start as date and local time, in the city where the provider is on that day."""

    day: date
    at: time


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A client's request. The amount is optional and only compared with the price."""

    profile_id: UUID
    start: datetime | LocalStart
    quote_request: QuoteRequest
    policy_version: int | None
    """Version of the policy that the client was shown and agreed to."""
    amount_minor: int | None = None
    amount: Decimal | None = None
    """The amount in whole units, as older clients send it."""
    city: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    special_requests: str = ""
    address: str = ""

    def validated(self) -> "NewRequest":
        """Return the request with cleaned texts, or refuse one of them."""
        return replace(
            self,
            message=clean_text(self.message, MAX_TEXT, "notes"),
            special_requests=clean_text(self.special_requests, MAX_TEXT, "specialRequests"),
            address=clean_text(self.address, MAX_ADDRESS, "location"),
        )

    def fingerprint(self) -> bytes:
        """Return a digest that is equal for equal requests."""
        text = json.dumps(
            [
                str(self.profile_id), str(self.start), repr(self.quote_request), self.policy_version,
                self.amount_minor, str(self.amount), self.city, sorted(self.answers.items()),
                self.message, self.special_requests, self.address,
            ],
        )  # fmt: skip
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class BookingRequests:
    """Quotes, slots and new requests of a client, on one transaction."""

    work: UnitOfWork
    envelope: Envelope
    now: Clock

    def quote(self, profile_id: UUID, ask: QuoteRequest) -> QuotedOffer:
        """Return price, deposit, policy and the provider's questions."""
        profile = self.public_profile(profile_id)
        provider = self._provider(profile)
        quote = compute_quote(
            ask, DirectoryRepository(self.work).rate_card(profile_id), provider.settings.extras
        )
        return QuotedOffer(
            profile=profile,
            quote=quote,
            deposit=provider.policy.deposit(quote.total),
            policy=provider.policy,
            questions=provider.settings.questions,
            preferences=provider.settings,
        )

    def list_slots(
        self, profile_id: UUID, within: Interval, duration: timedelta, venue: Venue = Venue.INCALL
    ) -> list[StartSlot]:
        """Return possible starts, exactly those that a request would be accepted for."""
        if not timedelta() < within.length <= MAX_AVAILABILITY_RANGE:
            raise Invalid(
                "range-out-of-bounds",
                _("Look at up to %(days)s days.", days=MAX_AVAILABILITY_RANGE.days),
                field="to",
            )
        require_valid_duration(duration)
        _require_near_date(within.start, self.now(), "from")
        provider = self._provider(self.public_profile(profile_id))
        calendar = load_calendar(
            self.work, provider, venue, Interval(within.start, within.end + duration), self.now()
        )
        return list_slots(calendar, Meeting(duration, venue), within)

    def public_profile(self, profile_id: UUID) -> Profile:
        """Return a profile that takes requests."""
        profile = DirectoryRepository(self.work).by_id(profile_id)
        if profile is None or not profile.public:
            raise NotFound("no-such-profile", _("There is no such profile."), field="escortId")
        return profile

    def create(self, client_id: UUID, key: str, new: NewRequest) -> Booking:
        """Create a request; the same key with the same request returns the first booking."""
        booking_id = new_id()
        new = new.validated()
        # Encrypted, since a plain digest of message and address could be matched against guesses.
        context = {"key": key, "user": str(client_id)}
        sealed = self.envelope.seal(new.fingerprint(), context)
        claimed = IdempotencyKeyRepository(self.work).claim(
            client_id, key, sealed, booking_id, self.now()
        )
        if claimed is not None:
            return self._existing_booking(new, claimed[0], self.envelope.open(claimed[1], context))
        booking, answers = self._build_booking(booking_id, client_id, new)
        transitions = TransitionExecutor(self.work, self.now)
        transitions.create(booking, Actor.CLIENT, client_id, "request")
        self._save_encrypted_fields(booking.id, new, answers)
        transitions.events.publish_status(booking)
        return booking

    def _existing_booking(self, new: NewRequest, booking_id: UUID, fingerprint: bytes) -> Booking:
        if fingerprint != new.fingerprint():
            raise Invalid(
                "idempotency-key-reused",
                _("This key was sent with another request: use a new one."),
                field="Idempotency-Key",
            )
        booking = BookingRepository(self.work).by_id(booking_id)
        if booking is None:
            raise booking_not_found()
        return booking

    def _build_booking(
        self, booking_id: UUID, client_id: UUID, new: NewRequest
    ) -> tuple[Booking, dict[str, str]]:
        profile = self.public_profile(new.profile_id)
        if profile.user_id == client_id:
            raise Forbidden("own-profile", _("This is your own profile."))
        now = self.now()
        open_requests = BookingRepository(self.work).count_open_requests(client_id, now)
        require_request_quota(open_requests.total(), open_requests[profile.profile_id])
        ProviderRepository(self.work).ensure(profile.profile_id, profile.user_id, now)
        provider = self._provider(profile)
        preferences, policy = provider.settings, provider.policy
        _require_current_policy(policy, new.policy_version)
        answers = validate_answers(preferences.questions, new.answers)
        quote = compute_quote(
            new.quote_request,
            DirectoryRepository(self.work).rate_card(profile.profile_id),
            preferences.extras,
        )
        _require_amount(quote, new)
        start = self._resolve_start(provider, profile.home, new)
        period = Interval(
            start.at, start.at + timedelta(minutes=new.quote_request.duration_minutes)
        )
        answer_by = now + timedelta(hours=preferences.answer_hours)
        booking = Booking(
            id=booking_id,
            profile_id=profile.profile_id,
            provider_id=profile.user_id,
            client_id=client_id,
            status=Status.REQUESTED,
            period=period,
            buffers=preferences.buffers_for(new.quote_request.venue),
            place=start.place,
            venue=new.quote_request.venue,
            services=new.quote_request.services,
            urgent=new.quote_request.urgent,
            quote=quote,
            policy=policy,
            deposit=policy.deposit(quote.total),
            paid=Money(0, quote.total.currency),
            requested_at=now,
            expires_at=min(answer_by, period.start),
            address_days=preferences.address_days,
            profile_name=profile.name,
        )
        return booking, answers

    def _resolve_start(
        self, provider: ProviderSettings, home: CityZone, new: NewRequest
    ) -> StartSlot:
        duration = timedelta(minutes=new.quote_request.duration_minutes)
        meeting = Meeting(duration, new.quote_request.venue)
        now = self.now()
        noon = new.start if isinstance(new.start, datetime) else _noon(new.start.day)
        _require_near_date(noon, now, "start" if noon is new.start else "date")
        if isinstance(new.start, datetime):
            around = Interval(new.start, new.start + max(duration, timedelta(minutes=1)))
            calendar = load_calendar(self.work, provider, new.quote_request.venue, around, now)
            return require_bookable(calendar, meeting, new.start, new.city)
        # In the city where the provider is on that day, or in the home city if that is unknown.
        day = Interval(noon - timedelta(days=2), noon + timedelta(days=2) + duration)
        calendar = load_calendar(self.work, provider, new.quote_request.venue, day, now)
        zones = dict.fromkeys(
            [home.time_zone, *sorted({p.place.time_zone for p in calendar.open_periods})]
        )
        refusals: list[DomainError] = []
        for zone in zones:
            try:
                at = to_utc(new.start.day, new.start.at, zone)
                found = require_bookable(calendar, meeting, at, new.city)
                if found.place.time_zone == zone:
                    return found
            except DomainError as error:
                refusals.append(error)
        raise refusals[0] if refusals else Conflict(
            "outside-hours", _("The provider is not available then: choose another time."),
            field="time",
        )  # fmt: skip

    def _save_encrypted_fields(
        self, booking_id: UUID, new: NewRequest, answers: dict[str, str]
    ) -> None:
        private = EncryptedFields(self.work, self.envelope)
        parts = {
            EncryptedField.ANSWERS: encode_answers(answers),
            EncryptedField.MESSAGE: new.message,
            EncryptedField.SPECIAL_REQUESTS: new.special_requests,
            # For an incall no client address is stored, even if one was sent.
            EncryptedField.ADDRESS: "" if new.quote_request.venue is Venue.INCALL else new.address,
        }
        for part, text in parts.items():
            if text:
                private.save(booking_id, part, text)

    def _provider(self, profile: Profile) -> ProviderSettings:
        saved = ProviderRepository(self.work).by_id(profile.profile_id)
        return saved or ProviderSettings(profile.profile_id, profile.user_id)


def _noon(day: date) -> datetime:
    return to_utc(day, time(12), "UTC")


def _require_near_date(moment: datetime, now: datetime, field: str) -> None:
    if abs(moment - now) > _MAX_DISTANCE:
        raise Invalid("date-out-of-bounds", _("Choose a date within a year."), field=field)


def _require_current_policy(policy: Policy, version: int | None) -> None:
    if version is None:
        raise Invalid(
            "policy-not-agreed",
            _("Read the cancellation policy and agree to it."),
            field="policyVersion",
        )
    if version != policy.version:
        raise Conflict(
            "policy-changed",
            _("The provider has changed the cancellation policy: read it again."),
            field="policyVersion",
        )


def _require_amount(quote: Quote, new: NewRequest) -> None:
    matches = new.amount_minor in (None, quote.total.minor_units)
    if not matches or new.amount not in (None, quote.total.in_whole_units()):
        raise Invalid(
            "amount-differs",
            _(
                "The price is %(total)s: send that amount, or none.",
                total=format_money(quote.total),
            ),
            field="amount",
        )
