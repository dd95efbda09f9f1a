"""What "now", "tonight" and a date mean where the clocks differ: the database's zones decide."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from escorts.domain.search import At, Tonight, Weekday, When
from escorts.repository.search_filters import Window
from kit.db import UnitOfWork

_STARTS = {
    "moment": "SELECT %(moment)s::timestamptz AS at",
    "local": "SELECT %(moment)s::timestamp AT TIME ZONE c.zone AS at",
    # From 18:00, or now, until 02:00; before 02:00 it is still the evening of the day before.
    "evening": """
        SELECT generate_series(
            greatest(%(moment)s::timestamptz, (day.evening + time '18:00') AT TIME ZONE c.zone),
            (day.evening + 1 + time '02:00') AT TIME ZONE c.zone, interval '30 minutes') AS at
        FROM (SELECT ((%(moment)s::timestamptz AT TIME ZONE c.zone)
                      - interval '2 hours')::date AS evening) day""",
}
_WEEK = """int4multirange(
    int4range({first}, least({last}, 10080)), int4range(0, greatest({last} - 10080, 0)),
    int4range(10080 + least({first}, 0), 10080))"""
_WINDOWS = """
SELECT array_agg(z.city ORDER BY z.city) AS cities, z.starts, z.slots::text[] AS slots,
    z.nearby::text AS nearby, z.steady
FROM (
    SELECT c.slug AS city, array_agg(s.at ORDER BY s.at) AS starts,
        array_agg({slot} ORDER BY s.at) AS slots, range_agg({nearby}) AS nearby,
        -- The offset from UTC is the same a day before and a day after.
        (min(s.at) - interval '1 day') AT TIME ZONE c.zone
            - (min(s.at) - interval '1 day') AT TIME ZONE 'UTC'
        = (max(e.at) + interval '1 day') AT TIME ZONE c.zone
            - (max(e.at) + interval '1 day') AT TIME ZONE 'UTC' AS steady
    FROM escorts.cities c
    CROSS JOIN LATERAL ({starts}) s
    CROSS JOIN LATERAL (SELECT s.at + make_interval(mins => %(minutes)s) AS at) e
    CROSS JOIN LATERAL (SELECT s.at AT TIME ZONE c.zone AS local) l
    CROSS JOIN LATERAL (SELECT (extract(isodow FROM l.local)::integer - 1) * 1440
        + extract(hour FROM l.local)::integer * 60
        + extract(minute FROM l.local)::integer AS first,
        (extract(second FROM l.local) > 0)::integer AS begun) b
    CROSS JOIN LATERAL (SELECT b.first, b.first + %(minutes)s + b.begun AS last) m
    WHERE c.slug = ANY (%(cities)s)
    GROUP BY c.slug, c.zone
) z
GROUP BY z.starts, z.slots, z.nearby, z.steady ORDER BY min(z.city)
"""


def windows(work: UnitOfWork, when: When, cities: Sequence[str], now: datetime) -> list[Window]:
    """Return what `when` means in each zone of `cities`."""
    if isinstance(when, Weekday):
        return []
    moment = when.moment if isinstance(when, At) else now
    kind = "evening" if isinstance(when, Tonight) else "moment"
    if moment.tzinfo is None:
        kind = "local"
    statement = _WINDOWS.format(
        starts=_STARTS[kind],
        slot=_WEEK.format(first="m.first", last="m.last"),
        nearby=_WEEK.format(first="(m.first - 120)", last="(m.last + 120)"),
    )
    parameters: dict[str, Any] = {
        "moment": moment,
        "minutes": when.minutes,
        "cities": list(cities),
    }
    return [Window(**row) for row in work.execute(statement, parameters)]
