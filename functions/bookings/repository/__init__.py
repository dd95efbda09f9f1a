"""The only SQL of bookings; it returns domain objects."""

from bookings.repository.bookings import Bookings
from bookings.repository.directory import Directory
from bookings.repository.encrypted_fields import PrivateParts
from bookings.repository.feeds import Feeds
from bookings.repository.proposals import Proposals
from bookings.repository.settings import Providers
from bookings.repository.timers import Timers
from bookings.repository.waitlist import Waitlist

__all__ = [
    "Bookings",
    "Directory",
    "Feeds",
    "PrivateParts",
    "Proposals",
    "Providers",
    "Timers",
    "Waitlist",
]
