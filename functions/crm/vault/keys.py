"""The keys of one tenant while the vault is open: a root key and an inbox key for each generation."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.vault.primitives import new_key


@dataclass(frozen=True, slots=True)
class Generation:
    """Keys that came into use together, at `since`."""

    root: bytes
    inbox_secret: bytes
    inbox_public: bytes
    since: datetime


@dataclass(frozen=True, slots=True)
class Keys:
    """Every live generation by its number; the highest is the current one."""

    generations: Mapping[int, Generation]

    @property
    def current(self) -> int:
        """Return the number of the generation that new documents are sealed under."""
        return max(self.generations)

    @property
    def newest_first(self) -> list[int]:
        """Return the numbers of the live generations, the newest first."""
        return sorted(self.generations, reverse=True)

    def with_next(self, now: datetime) -> Keys:
        """Return these keys and a new generation after them."""
        return Keys({**self.generations, self.current + 1: new_generation(now)})

    def without(self, number: int) -> Keys:
        """Return these keys without that generation."""
        return Keys({key: value for key, value in self.generations.items() if key != number})

    def retired_at(self, number: int) -> datetime:
        """Return the time when the following generation came into use."""
        following = min(other for other in self.generations if other > number)
        return self.generations[following].since

    def to_bytes(self) -> bytes:
        """Encode the keys for the bundle."""
        return json.dumps(
            {str(key): _to_json(generation) for key, generation in self.generations.items()}
        ).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> Keys:
        """Decode the keys of a bundle."""
        return cls(
            {int(key): _from_json(generation) for key, generation in json.loads(text).items()}
        )


def first_keys(number: int, now: datetime) -> Keys:
    """Return the keys of a new vault; `number` is higher than every generation the tenant ever had."""
    return Keys({number: new_generation(now)})


def new_generation(now: datetime) -> Generation:
    """Return fresh random keys."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    secret = X25519PrivateKey.generate()
    return Generation(
        root=new_key(),
        inbox_secret=secret.private_bytes_raw(),
        inbox_public=secret.public_key().public_bytes_raw(),
        since=now,
    )


def _to_json(generation: Generation) -> dict[str, str]:
    return {
        "root": b64encode(generation.root).decode(),
        "inbox_secret": b64encode(generation.inbox_secret).decode(),
        "inbox_public": b64encode(generation.inbox_public).decode(),
        "since": generation.since.isoformat(),
    }


def _from_json(generation: Mapping[str, Any]) -> Generation:
    return Generation(
        root=b64decode(generation["root"]),
        inbox_secret=b64decode(generation["inbox_secret"]),
        inbox_public=b64decode(generation["inbox_public"]),
        since=datetime.fromisoformat(generation["since"]),
    )
