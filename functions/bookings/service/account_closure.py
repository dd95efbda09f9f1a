"""Reactions to closed and suspended accounts and closed profiles: cancel open bookings, notify the others.

Closing an account deletes the texts that its person wrote; the rows stay as evidence.
"""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.transitions import OPEN_STATUSES, Action, Actor, Status
from bookings.repository import (
    BookingRepository,
    FeedRepository,
    ProviderRepository,
    WaitlistRepository,
)
from bookings.repository.accounts import AccountRepository
from bookings.repository.encrypted_fields import EncryptedField, delete_fields, delete_reasons_by
from bookings.service.transitions import TransitionExecutor
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import InvalidState

_LIMIT = 10_000
_PARTICIPANTS = (("client_id", Actor.CLIENT), ("provider_id", Actor.PROVIDER))
_OWN_FIELDS = {
    Actor.CLIENT: (
        EncryptedField.ANSWERS, EncryptedField.MESSAGE, EncryptedField.SPECIAL_REQUESTS,
        EncryptedField.ADDRESS, EncryptedField.CLIENT_NOTE,
    ),
    Actor.PROVIDER: (EncryptedField.PROVIDER_NOTE,),
}  # fmt: skip
"""Fields written by each side. A reason belongs to the account that declined or cancelled."""


@dataclass(frozen=True, slots=True)
class AccountClosure:
    """Handler of closed accounts, suspended accounts and closed profiles, on one transaction."""

    work: UnitOfWork
    now: Clock

    def on_account_closed(self, user_id: UUID) -> None:
        """Cancel open bookings as the account's own side would, and delete the account's texts."""
        self._delete_account_data(user_id)
        for column, actor in _PARTICIPANTS:
            booking_ids: set[UUID] = set()
            for listed in self._bookings(column, user_id):
                last = self._end_open_booking(listed, actor, user_id)
                for booking_id in {listed.id, last.id}:
                    delete_fields(self.work, booking_id, _fields_to_delete(last, actor))
                booking_ids |= {listed.id, last.id}
            delete_reasons_by(self.work, booking_ids, user_id)

    def on_suspended(self, user_id: UUID) -> None:
        """Cancel open bookings as staff would; texts stay, since they may be evidence.

        Nothing is done if the account was reactivated before the event arrives.
        """
        if not AccountRepository(self.work).is_blocked(user_id):
            return
        self._delete_account_data(user_id)
        for column, _ in _PARTICIPANTS:
            for listed in self._bookings(column, user_id):
                self._end_open_booking(listed, Actor.STAFF, None)

    def on_profile_closed(self, profile_id: UUID) -> None:
        """Cancel open bookings of one profile; the account may have another one."""
        owner = ProviderRepository(self.work).owner_id(profile_id)
        if owner is None:
            return
        self._delete_profile_data(profile_id)
        for listed in self._bookings("provider_id", owner):
            if listed.profile_id == profile_id:
                self._end_open_booking(listed, Actor.PROVIDER, owner)

    def _delete_account_data(self, user_id: UUID) -> None:
        FeedRepository(self.work).revoke(user_id)
        WaitlistRepository(self.work).delete_for_client(user_id)
        for profile_id in ProviderRepository(self.work).list_profile_ids(user_id):
            self._delete_profile_data(profile_id)

    def _delete_profile_data(self, profile_id: UUID) -> None:
        """Delete address and waitlist first, so that no waiting client is notified of a free slot."""
        providers = ProviderRepository(self.work)
        providers.lock(profile_id)
        providers.save_address(profile_id, None, self.now())
        WaitlistRepository(self.work).delete_for_profile(profile_id)

    def _bookings(self, column: str, user_id: UUID) -> list[Booking]:
        """Return an account's bookings, sorted so that all workers take provider locks in one order."""
        found = BookingRepository(self.work).list_for_user(
            column, user_id, newest_first=True, limit=_LIMIT
        )
        return sorted(found, key=lambda booking: (booking.profile_id, booking.id))

    def _end_open_booking(self, listed: Booking, actor: Actor, actor_id: UUID | None) -> Booking:
        """Cancel or decline an open booking; return it, or the one that replaced it in the meantime.

        A meeting that has started is left as it is.
        """
        if listed.status not in OPEN_STATUSES:
            return listed
        transitions = TransitionExecutor(self.work, self.now)
        booking = transitions.lock_booking(listed.id)
        while booking.rescheduled_to is not None:
            booking = transitions.lock_booking(booking.rescheduled_to)
        if booking.status is Status.CONFIRMED and booking.period.start <= self.now():
            return booking
        is_provider_request = actor is Actor.PROVIDER and booking.status is Status.REQUESTED
        try:
            return transitions.apply(
                booking, Action.DECLINE if is_provider_request else Action.CANCEL, actor, actor_id
            )
        except InvalidState:
            # The booking ended while this transaction waited for the lock.
            return booking


def _fields_to_delete(booking: Booking, actor: Actor) -> tuple[EncryptedField, ...]:
    """Return the fields to delete now; during a meeting the address is left to its timer."""
    if booking.status is not Status.CONFIRMED:
        return _OWN_FIELDS[actor]
    return tuple(part for part in _OWN_FIELDS[actor] if part is not EncryptedField.ADDRESS)
