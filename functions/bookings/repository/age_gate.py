"""Where the law lets everybody look, as the operator's matrix in the directory says it."""

from kit.db import UnitOfWork


def is_ungated(work: UnitOfWork, country: str) -> bool:
    """Tell whether nobody is asked for an age in `country` (ISO 3166-1); unknown: everybody is."""
    found = work.execute(
        "SELECT FROM escorts.ungated_countries_v1 WHERE country = %s", (country,)
    ).fetchone()
    return found is not None
