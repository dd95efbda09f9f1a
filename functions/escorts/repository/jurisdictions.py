"""Capabilities that the law of a place allows, as the operator's matrix lists them."""

from kit.db import UnitOfWork

_ALLOWS = """
SELECT FROM escorts.jurisdictions
WHERE country = %s AND region = '' AND capability = %s AND allowed
"""


class Jurisdictions:
    """Table `escorts.jurisdictions`; a capability without a row is denied."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def allows(self, country: str, capability: str) -> bool:
        """Tell whether `capability` is allowed in all of `country` (ISO 3166-1)."""
        return self._work.execute(_ALLOWS, (country, capability)).fetchone() is not None
