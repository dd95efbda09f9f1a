"""Identifiers: UUIDv7 (RFC 9562, section 5.7), made by the application.

Python gains `uuid.uuid7` in 3.14; until then these are its forty lines in eight.
"""

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """Return a fresh UUIDv7: 48 bits of milliseconds, then 74 random bits.

    Sorted by creation up to the millisecond, so that a b-tree grows at its end.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds & (2**48 - 1)) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
