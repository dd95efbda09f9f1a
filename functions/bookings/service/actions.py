"""Actions on bookings by clients, providers and staff."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.booking import (
    Booking,
    due_timers,
    preview_cancellation,
    record_offline_deposit,
    rescheduled_booking,
)
from bookings.domain.calendar import CityZone, Meeting, require_bookable, require_valid_meeting
from bookings.domain.policy import Settlement
from bookings.domain.pricing import ExtraTrigger, Quote, QuoteRequest, compute_quote
from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.settings import ProviderSettings
from bookings.domain.text_limits import MAX_ADDRESS, MAX_NOTE, MAX_REASON, clean_text
from bookings.domain.transitions import Action, Actor, Effect, Status, find_transition
from bookings.domain.venue import Venue
from bookings.repository import (
    DirectoryRepository,
    EncryptedFields,
    ProviderRepository,
    TimerRepository,
)
from bookings.repository.encrypted_fields import EncryptedField
from bookings.service.actor import Caller
from bookings.service.calendars import load_calendar
from bookings.service.counterparty import require_active_counterparty
from bookings.service.transitions import TransitionExecutor, booking_not_found
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Conflict, Forbidden, Invalid, InvalidState
from kit.formats import format_money
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.intervals import Interval

_MAX_DISTANCE = timedelta(days=400)
_NOTES = {Actor.CLIENT: EncryptedField.CLIENT_NOTE, Actor.PROVIDER: EncryptedField.PROVIDER_NOTE}


@dataclass(frozen=True, slots=True)
class BookingActions:
    """Actions of clients, providers and staff, on one transaction."""

    work: UnitOfWork
    envelope: Envelope
    now: Clock

    def apply(self, caller: Caller, booking_id: UUID, action: Action, reason: str = "") -> Booking:
        """Apply an action that needs no other input than a reason, or refuse it."""
        reason = clean_text(reason, MAX_REASON, "reason", "reason-too-long")
        transitions, booking, actor = self._lock_as_actor(caller, booking_id)
        if action is Action.ACCEPT:
            require_active_counterparty(self.work, booking, actor)
        if action is Action.PAY:
            # The provider reports a payment outside the platform: cash or a transfer.
            booking = record_offline_deposit(booking)
        after = transitions.apply(booking, action, actor, caller.user_id, reason=reason)
        if after.reason:
            EncryptedFields(self.work, self.envelope).save(
                after.id, EncryptedField.REASON, after.reason
            )
        if action is Action.ACCEPT:
            self._require_answerable(after)
        return after

    def cancel(
        self, caller: Caller, booking_id: UUID, reason: str = "", fee: int | None = None
    ) -> Booking:
        """Cancel a booking, for the fee of `preview_cancellation`.

        `fee` is the fee shown to the caller, in minor units: if it is higher by now, nothing is cancelled.
        """
        after = self.apply(caller, booking_id, Action.CANCEL, reason)
        if fee is not None and after.fee is not None and after.fee.minor_units > fee:
            raise Conflict(
                "fee-changed",
                _(
                    "Cancelling costs %(fee)s by now: cancel again to accept the fee.",
                    fee=format_money(after.fee),
                ),
                field="feeMinor",
            )
        return after

    def preview_cancellation(self, caller: Caller, booking_id: UUID) -> Settlement:
        """Return the cost of cancelling now; nothing is changed."""
        booking = TransitionExecutor(self.work, self.now).bookings.by_id(booking_id)
        if booking is None or (actor := caller.actor(booking)) is None:
            raise booking_not_found()
        return preview_cancellation(booking, actor, self.now())

    def propose(
        self, caller: Caller, booking_id: UUID, start: datetime, duration_minutes: int | None = None
    ) -> Proposal:
        """Propose another time to the other participant; an earlier open proposal is superseded."""
        transitions, booking, actor = self._lock_as_actor(caller, booking_id)
        now = self.now()
        transition = find_transition(
            booking.status, Action.PROPOSE, booking.transition_context(actor, now)
        )
        minutes = duration_minutes or booking.quote.duration_minutes
        quote = self._quote_for_length(booking, minutes)
        span, place = self._resolve_proposed_time(booking, actor, start, timedelta(minutes=minutes))
        proposal = Proposal(
            new_id(), booking.id, actor, span, place, quote, ProposalStatus.OPEN, now
        )
        transitions.proposals.add(proposal)
        if Effect.EXTEND_ANSWER_TIME in transition.effects:
            self._extend_answer_time(transitions, booking)
        transitions.bookings.add_history(
            booking, Action.PROPOSE, actor, caller.user_id, now, from_status=booking.status
        )
        transitions.events.publish_proposal(booking, proposal)
        return proposal

    def refuse_proposal(self, caller: Caller, booking_id: UUID) -> Booking:
        """Refuse the proposal; the booking stays as it is."""
        transitions, booking, actor = self._lock_as_actor(caller, booking_id)
        proposal = transitions.proposals.get_open(booking.id)
        by = proposal.proposed_by if proposal else None
        after = transitions.apply(
            booking, Action.REFUSE_PROPOSAL, actor, caller.user_id, proposal_by=by
        )
        transitions.proposals.close_open(booking.id, ProposalStatus.REFUSED)
        return after

    def accept_proposal(self, caller: Caller, booking_id: UUID, proposal_id: UUID) -> Booking:
        """Accept a proposal: return the booking that replaces this one.

        `proposal_id` is the proposal that the caller has seen: another one is not accepted.
        """
        transitions, booking, actor = self._lock_as_actor(caller, booking_id)
        require_active_counterparty(self.work, booking, actor)
        proposal = transitions.proposals.get_open(booking.id)
        if proposal is None or proposal.id != proposal_id:
            raise Conflict(
                "proposal-gone", _("This proposal is no longer open: load the booking again.")
            )
        now = self.now()
        if proposal.period.start <= now:
            raise InvalidState("proposal-past", _("The proposed time has passed: propose another."))
        if booking.status is Status.REQUESTED:
            self._require_answerable(booking)
        new = rescheduled_booking(
            booking, new_id(), proposal.period, proposal.place, proposal.quote, now
        )
        freed = transitions.expire_overdue_deposits(booking.profile_id, new.buffered_period)
        transitions.proposals.close_open(booking.id, ProposalStatus.ACCEPTED)
        transitions.apply(
            booking,
            Action.RESCHEDULE,
            actor,
            caller.user_id,
            proposal_by=proposal.proposed_by,
            successor=new.id,
        )
        transitions.create(new, actor, caller.user_id, Action.RESCHEDULE)
        if booking.holds_slot:
            freed.append(booking.period)
        transitions.notify_waitlist(booking.profile_id, freed)
        EncryptedFields(self.work, self.envelope).move_to_booking(booking.id, new.id)
        transitions.events.publish_status(new)
        return new

    def save_note(self, caller: Caller, booking_id: UUID, text: str) -> None:
        """Store a note that only this participant reads; an empty text deletes it."""
        booking, actor = self._lock_as_actor(caller, booking_id)[1:]
        if actor not in _NOTES:
            raise Forbidden(
                "action-not-permitted", _("Only the client and the provider can write notes.")
            )
        text = clean_text(text, MAX_NOTE, "note", "note-too-long")
        EncryptedFields(self.work, self.envelope).save(booking.id, _NOTES[actor], text)

    def save_address(self, caller: Caller, booking_id: UUID, text: str) -> None:
        """Store the client's address; the provider sees it once the booking is confirmed."""
        transitions, booking, actor = self._lock_as_actor(caller, booking_id)
        if actor is not Actor.CLIENT or booking.venue is Venue.INCALL:
            raise Forbidden(
                "action-not-permitted", _("Only the other participant can set the address.")
            )
        if booking.ended_at is not None:
            raise InvalidState("booking-state", _("The booking has ended: no address is needed."))
        text = clean_text(text, MAX_ADDRESS, "location", "address-too-long")
        private = EncryptedFields(self.work, self.envelope)
        before = private.read(booking.id, [EncryptedField.ADDRESS]).get(EncryptedField.ADDRESS, "")
        private.save(booking.id, EncryptedField.ADDRESS, text)
        # The provider agreed to an address: the history shows that the address changed afterwards.
        if booking.holds_slot and text != before:
            transitions.bookings.add_history(
                booking, "address", actor, caller.user_id, self.now(), from_status=booking.status
            )

    def _require_answerable(self, booking: Booking) -> None:
        if not DirectoryRepository(self.work).accepts_bookings(
            booking.profile_id, booking.place.city
        ):
            raise InvalidState(
                "profile-not-bookable",
                _("This profile takes no bookings at the moment: the dashboard shows the reason."),
            )

    def _lock_as_actor(
        self, caller: Caller, booking_id: UUID
    ) -> tuple[TransitionExecutor, Booking, Actor]:
        transitions = TransitionExecutor(self.work, self.now)
        booking = transitions.lock_booking(booking_id, caller.can_see)
        actor = caller.actor(booking)
        if actor is None:
            raise booking_not_found()
        return transitions, booking, actor

    def _quote_for_length(self, booking: Booking, minutes: int) -> Quote:
        """Return the agreed price for the same length, and today's price for another length."""
        if minutes == booking.quote.duration_minutes:
            return booking.quote
        preferences = self._provider(booking).settings
        chosen = {extra.key for extra in preferences.extras if extra.trigger is ExtraTrigger.CHOSEN}
        ask = QuoteRequest(
            services=booking.services,
            duration_minutes=minutes,
            venue=booking.venue,
            extras=tuple(line.key for line in booking.quote.lines if line.key in chosen),
            currency=booking.quote.total.currency,
            urgent=booking.urgent,
        )
        card = DirectoryRepository(self.work).rate_card(booking.profile_id)
        return compute_quote(ask, card, preferences.extras)

    def _resolve_proposed_time(
        self, booking: Booking, actor: Actor, start: datetime, duration: timedelta
    ) -> tuple[Interval, CityZone]:
        """Return the proposed period and place; providers may propose outside their open hours."""
        now, meeting = self.now(), Meeting(duration, booking.venue)
        if abs(start - now) > _MAX_DISTANCE:
            raise Invalid("date-out-of-bounds", _("Choose a date within a year."), field="start")
        span = Interval(start, start + duration)
        if span == booking.period:
            raise Invalid("same-time", _("The booking has this time already."), field="start")
        calendar = load_calendar(
            self.work, self._provider(booking), booking.venue, span, now, excluding=booking.id
        )
        if actor is Actor.CLIENT:
            return span, require_bookable(calendar, meeting, start).place
        require_valid_meeting(meeting, start, replace(calendar, earliest=now))
        if any(booking.buffers.extend(span).overlaps(hold) for hold in calendar.holds):
            raise Conflict("time-taken", _("You have another booking then."), field="start")
        places = [
            p.place for p in calendar.open_periods if p.interval.start <= start < p.interval.end
        ]
        return span, places[0] if places else booking.place

    def _extend_answer_time(self, transitions: TransitionExecutor, booking: Booking) -> None:
        hours = self._provider(booking).settings.answer_hours
        until = min(self.now() + timedelta(hours=hours), booking.period.start)
        if until > booking.expires_at:
            extended = replace(booking, expires_at=until)
            transitions.bookings.update(Status.REQUESTED, extended)
            TimerRepository(self.work).replace(booking.id, due_timers(extended, self.now()))

    def _provider(self, booking: Booking) -> ProviderSettings:
        saved = ProviderRepository(self.work).by_id(booking.profile_id)
        return saved or ProviderSettings(booking.profile_id, booking.provider_id)
