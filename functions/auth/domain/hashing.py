"""Password hashes: Argon2id in PHC strings, which carry their own parameters."""

import os
from dataclasses import dataclass
from functools import cache

from auth.domain.passwords import normalised


@dataclass(frozen=True, slots=True)
class PasswordHasher:
    """Argon2id; the defaults are RFC 9106's second choice, made for 64 MiB of memory."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 1

    def hash(self, password: str) -> str:
        """Return the PHC string to keep."""
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        function = Argon2id(
            salt=os.urandom(16),
            length=32,
            iterations=self.iterations,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        )
        phc: str = function.derive_phc_encoded(normalised(password).encode())
        return phc

    def verify(self, password: str, phc: str | None) -> bool:
        """Tell whether `password` made `phc`; takes as long where there is no hash to compare."""
        from cryptography.exceptions import InvalidKey
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        try:
            Argon2id.verify_phc_encoded(normalised(password).encode(), phc or _dummy(self))
        except InvalidKey:
            return False
        return phc is not None

    def outdated(self, phc: str) -> bool:
        """Tell whether `phc` was made with other parameters and should be made again."""
        wanted = f"$argon2id$v=19$m={self.memory_kib},t={self.iterations},p={self.lanes}$"
        return not phc.startswith(wanted)


@cache
def _dummy(hasher: PasswordHasher) -> str:
    return hasher.hash(os.urandom(16).hex())
