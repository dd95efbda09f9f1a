"""SQL of bookings; repositories return domain objects."""

from bookings.repository.bookings import BookingRepository
from bookings.repository.directory import DirectoryRepository
from bookings.repository.encrypted_fields import EncryptedFields
from bookings.repository.feeds import FeedRepository
from bookings.repository.proposals import ProposalRepository
from bookings.repository.settings import ProviderRepository
from bookings.repository.timers import TimerRepository
from bookings.repository.waitlist import WaitlistRepository

__all__ = [
    "BookingRepository",
    "DirectoryRepository",
    "EncryptedFields",
    "FeedRepository",
    "ProposalRepository",
    "ProviderRepository",
    "TimerRepository",
    "WaitlistRepository",
]
