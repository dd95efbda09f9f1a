"""Password hashing: Argon2id in PHC strings, which carry their own parameters."""

import os
from base64 import b64encode
from dataclasses import dataclass

from auth.domain.passwords import normalize_password


@dataclass(frozen=True, slots=True)
class PasswordHasher:
    """Argon2id hasher; the defaults are RFC 9106's second choice, made for 64 MiB of memory."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 1

    @property
    def prefix(self) -> str:
        """Prefix of the PHC strings made with these parameters."""
        return f"$argon2id$v=19$m={self.memory_kib},t={self.iterations},p={self.lanes}$"

    def hash(self, password: str) -> str:
        """Return the PHC string to store."""
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        function = Argon2id(
            salt=os.urandom(16),
            length=32,
            iterations=self.iterations,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        )
        phc: str = function.derive_phc_encoded(normalize_password(password).encode())
        return phc

    def verify(self, password: str, phc: str | None) -> bool:
        """Tell whether `password` matches `phc`; takes the same time if there is no hash."""
        from cryptography.exceptions import InvalidKey
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        try:
            Argon2id.verify_phc_encoded(
                normalize_password(password).encode(), phc or _dummy_hash(self)
            )
        except InvalidKey:
            return False
        return phc is not None

    def needs_rehash(self, phc: str) -> bool:
        """Tell whether `phc` was made with other parameters and should be replaced."""
        return not phc.startswith(self.prefix)


def _dummy_hash(hasher: PasswordHasher) -> str:
    """Return a hash that no password matches, with the parameters that cost the usual time."""
    salt, tag = (b64encode(os.urandom(size)).decode().rstrip("=") for size in (16, 32))
    return f"{hasher.prefix}{salt}${tag}"
