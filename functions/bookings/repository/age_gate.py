"""Countries without an age gate, from the operator's matrix in the directory."""

from kit.db import UnitOfWork


def is_exempt(work: UnitOfWork, country: str) -> bool:
    """Tell whether `country` (ISO 3166-1) has no age gate; an unknown country has one."""
    found = work.execute(
        "SELECT FROM escorts.ungated_countries_v1 WHERE country = %s", (country,)
    ).fetchone()
    return found is not None
