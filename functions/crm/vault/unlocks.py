"""Unlocked sessions: for a while, a secret that only the person's browser has wraps the lock key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unlock:
    """What a request shows: its session, and the secret that unlocking gave to it."""

    session_id: str
    secret: str
