"""What either side, and staff, do to a booking."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.booking import Booking, cancelling, deposit_by_hand, successor, timers
from bookings.domain.calendar import Meeting, Place, bookable, require_possible
from bookings.domain.policy import Settlement
from bookings.domain.pricing import Ask, Quote, When, priced
from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.settings import Provider
from bookings.domain.spans import Span
from bookings.domain.text_limits import LONGEST_ADDRESS, LONGEST_NOTE, LONGEST_REASON, written
from bookings.domain.transitions import Action, Actor, Effect, Status, decide
from bookings.domain.venue import Venue
from bookings.repository import Directory, PrivateParts, Providers, Timers
from bookings.repository.encrypted_fields import Part
from bookings.service.calendars import calendar_around
from bookings.service.callers import Caller
from bookings.service.counterparty import require_other_side
from bookings.service.transitions import Moves, no_such_booking
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.envelope import Envelope
from kit.errors import Conflict, Forbidden, Invalid, InvalidState
from kit.ids import new_id

_THINKABLE = timedelta(days=400)
_NOTES = {Actor.CLIENT: Part.CLIENT_NOTE, Actor.PROVIDER: Part.PROVIDER_NOTE}


@dataclass(frozen=True, slots=True)
class Deciding:
    """Moves by people, on one transaction."""

    work: UnitOfWork
    envelope: Envelope
    now: Clock

    def accept(self, caller: Caller, booking_id: UUID) -> Booking:
        """Take the request: held until the deposit is in, or confirmed at once without one."""
        after = self._move(caller, booking_id, Action.ACCEPT)
        self._require_answerable(after)
        return after

    def decline(self, caller: Caller, booking_id: UUID, reason: str = "") -> Booking:
        """Say no."""
        return self._move(caller, booking_id, Action.DECLINE, reason)

    def cancel(
        self, caller: Caller, booking_id: UUID, reason: str = "", fee: int | None = None
    ) -> Booking:
        """Call it off, for what `cost_of_cancelling` says.

        `fee` is what the caller was shown, in minor units: where it costs more by now, it stays.
        """
        after = self._move(caller, booking_id, Action.CANCEL, reason)
        if fee is not None and after.fee is not None and after.fee.minor_units > fee:
            raise Conflict(
                "fee-changed",
                f"Cancelling costs {after.fee} by now: cancel again if you still want to.",
                field="feeMinor",
            )
        return after

    def complete(self, caller: Caller, booking_id: UUID) -> Booking:
        """Say that it took place."""
        return self._move(caller, booking_id, Action.COMPLETE)

    def no_show(self, caller: Caller, booking_id: UUID) -> Booking:
        """Say that the client did not come."""
        return self._move(caller, booking_id, Action.NO_SHOW)

    def check_in(self, caller: Caller, booking_id: UUID) -> Booking:
        """Say that it begins."""
        return self._move(caller, booking_id, Action.CHECK_IN)

    def check_out(self, caller: Caller, booking_id: UUID) -> Booking:
        """Say that it is over; that completes it."""
        return self._move(caller, booking_id, Action.CHECK_OUT)

    def deposit_received(self, caller: Caller, booking_id: UUID) -> Booking:
        """Say that the deposit came some other way (cash, a transfer): it is confirmed."""
        moves, booking, actor = self._mine(caller, booking_id)
        return moves.make(deposit_by_hand(booking), Action.PAY, actor, caller.user_id)

    def cost_of_cancelling(self, caller: Caller, booking_id: UUID) -> Settlement:
        """Return what cancelling would cost now; nothing is changed."""
        booking = Moves(self.work, self.now).bookings.by_id(booking_id)
        if booking is None or (actor := caller.actor(booking)) is None:
            raise no_such_booking()
        return cancelling(booking, actor, self.now())

    def propose(
        self, caller: Caller, booking_id: UUID, start: datetime, duration_minutes: int | None = None
    ) -> Proposal:
        """Ask the other side for another time; whatever was asked before is superseded."""
        moves, booking, actor = self._mine(caller, booking_id)
        now = self.now()
        rule = decide(booking.status, Action.PROPOSE, booking.facts(actor, now))
        minutes = duration_minutes or booking.quote.duration_minutes
        quote = self._quote(booking, minutes)
        span, place = self._time(booking, actor, start, timedelta(minutes=minutes))
        proposal = Proposal(
            new_id(), booking.id, actor, span, place, quote, ProposalStatus.OPEN, now
        )
        moves.proposals.add(proposal)
        if Effect.ANSWER in rule.effects:
            self._wait_anew(moves, booking)
        moves.bookings.remember(
            booking, Action.PROPOSE, actor, caller.user_id, now, came_from=booking.status
        )
        moves.publisher.proposed(booking, proposal)
        return proposal

    def refuse_proposal(self, caller: Caller, booking_id: UUID) -> Booking:
        """Leave the booking as it is."""
        moves, booking, actor = self._mine(caller, booking_id)
        proposal = moves.proposals.open_of(booking.id)
        by = proposal.by if proposal else None
        after = moves.make(booking, Action.REFUSE_PROPOSAL, actor, caller.user_id, proposal_by=by)
        moves.proposals.close(booking.id, ProposalStatus.REFUSED)
        return after

    def accept_proposal(self, caller: Caller, booking_id: UUID, proposal_id: UUID) -> Booking:
        """Agree to the other time: return the booking that takes the place of this one.

        `proposal_id` is the proposal that the caller has seen: another one is not agreed to.
        """
        moves, booking, actor = self._mine(caller, booking_id)
        require_other_side(self.work, booking, actor)
        proposal = moves.proposals.open_of(booking.id)
        if proposal is None or proposal.id != proposal_id:
            raise Conflict("proposal-gone", "This time is not asked for any more: look again.")
        now = self.now()
        if proposal.span.start <= now:
            raise InvalidState("proposal-past", "This time has begun: ask for another.")
        if booking.status is Status.REQUESTED:
            self._require_answerable(booking)
        new = successor(booking, new_id(), proposal.span, proposal.place, proposal.quote, now)
        freed = moves.expire_stale(booking.escort_id, new.padded)
        moves.proposals.close(booking.id, ProposalStatus.ACCEPTED)
        moves.make(
            booking,
            Action.RESCHEDULE,
            actor,
            caller.user_id,
            proposal_by=proposal.by,
            successor=new.id,
        )
        moves.begin(new, actor, caller.user_id, Action.RESCHEDULE)
        if booking.holds:
            freed.append(booking.span)
        moves.tell_waiting(booking.escort_id, freed)
        PrivateParts(self.work, self.envelope).move(booking.id, new.id)
        moves.publisher.begun(new)
        return new

    def write_note(self, caller: Caller, booking_id: UUID, text: str) -> None:
        """Keep a note that only this side ever reads; an empty one takes it away."""
        _, booking, actor = self._mine(caller, booking_id)
        if actor not in _NOTES:
            raise Forbidden("not-your-move", "Notes are for the two sides.")
        text = written(text, LONGEST_NOTE, "note", "note-too-long")
        PrivateParts(self.work, self.envelope).save(booking.id, _NOTES[actor], text)

    def give_address(self, caller: Caller, booking_id: UUID, text: str) -> None:
        """Say where exactly the provider should come to; she sees it once it is confirmed."""
        moves, booking, actor = self._mine(caller, booking_id)
        if actor is not Actor.CLIENT or booking.venue is Venue.INCALL:
            raise Forbidden("not-your-move", "The address is the other side's to give.")
        if booking.ended_at is not None:
            raise InvalidState("booking-state", "It is over: no address is needed.")
        text = written(text, LONGEST_ADDRESS, "location", "address-too-long")
        private = PrivateParts(self.work, self.envelope)
        before = private.read(booking.id, [Part.ADDRESS]).get(Part.ADDRESS, "")
        private.save(booking.id, Part.ADDRESS, text)
        # She agreed to go somewhere: that it is elsewhere now is for her to see.
        if booking.holds and text != before:
            moves.bookings.remember(
                booking, "address", actor, caller.user_id, self.now(), came_from=booking.status
            )

    def _require_answerable(self, booking: Booking) -> None:
        if not Directory(self.work).may_answer(booking.escort_id, booking.place.city):
            raise InvalidState(
                "profile-stopped",
                "This profile takes no bookings at the moment: its owner sees in her room why.",
            )

    def _move(self, caller: Caller, booking_id: UUID, action: Action, reason: str = "") -> Booking:
        reason = written(reason, LONGEST_REASON, "reason", "reason-too-long")
        moves, booking, actor = self._mine(caller, booking_id)
        if action is Action.ACCEPT:
            require_other_side(self.work, booking, actor)
        after = moves.make(booking, action, actor, caller.user_id, reason=reason)
        if after.reason:
            PrivateParts(self.work, self.envelope).save(after.id, Part.REASON, after.reason)
        return after

    def _mine(self, caller: Caller, booking_id: UUID) -> tuple[Moves, Booking, Actor]:
        moves = Moves(self.work, self.now)
        booking = moves.locked(booking_id, caller.may_see)
        actor = caller.actor(booking)
        if actor is None:
            raise no_such_booking()
        return moves, booking, actor

    def _quote(self, booking: Booking, minutes: int) -> Quote:
        """Another time costs the same; another length what it costs today."""
        if minutes == booking.quote.duration_minutes:
            return booking.quote
        preferences = self._provider(booking).preferences
        chosen = {extra.key for extra in preferences.extras if extra.when is When.CHOSEN}
        ask = Ask(
            services=booking.services,
            duration_minutes=minutes,
            venue=booking.venue,
            extras=tuple(line.key for line in booking.quote.lines if line.key in chosen),
            currency=booking.quote.total.currency,
            urgent=booking.urgent,
        )
        card = Directory(self.work).rate_card(booking.escort_id)
        return priced(ask, card, preferences.extras)

    def _time(
        self, booking: Booking, actor: Actor, start: datetime, duration: timedelta
    ) -> tuple[Span, Place]:
        """Return the time that is asked for; the provider may offer what her hours do not."""
        now, meeting = self.now(), Meeting(duration, booking.venue)
        if abs(start - now) > _THINKABLE:
            raise Invalid("date-out-of-bounds", "Choose a date within a year.", field="start")
        span = Span(start, start + duration)
        if span == booking.span:
            raise Invalid("same-time", "This is the time it has already.", field="start")
        calendar = calendar_around(
            self.work, self._provider(booking), booking.venue, span, now, besides=booking.id
        )
        if actor is Actor.CLIENT:
            return span, bookable(calendar, meeting, start).place
        require_possible(meeting, start, replace(calendar, earliest=now))
        if any(booking.padding.around(span).overlaps(hold) for hold in calendar.holds):
            raise Conflict("time-taken", "You have another booking then.", field="start")
        there = [p.place for p in calendar.open if p.span.start <= start < p.span.end]
        return span, there[0] if there else booking.place

    def _wait_anew(self, moves: Moves, booking: Booking) -> None:
        hours = self._provider(booking).preferences.answer_hours
        until = min(self.now() + timedelta(hours=hours), booking.span.start)
        if until > booking.expires_at:
            again = replace(booking, expires_at=until)
            moves.bookings.update(Status.REQUESTED, again)
            Timers(self.work).replace(booking.id, timers(again, self.now()))

    def _provider(self, booking: Booking) -> Provider:
        known = Providers(self.work).by_id(booking.escort_id)
        return known or Provider(booking.escort_id, booking.provider_id)
