"""Identifiers: UUIDv7 (RFC 9562, section 5.7), made by the application.

Python gains `uuid.uuid7` in 3.14; until then these are its forty lines in eight.
"""

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """Return a fresh UUIDv7: 48 bits of milliseconds, 12 bits of their fraction, then 62 random bits.

    Sorted by creation up to a quarter of a microsecond (RFC 9562, section 6.2, method 3): the relay reads the events
    of one transaction in the order of their ids, and a b-tree grows at its end.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8))
    value = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76 | fraction << 64 | random
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
