"""Time windows of "now", "tonight" and a date in each time zone, by the database's zone rules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from escorts.domain.search import AvailabilityFilter, FreeAt, FreeOnWeekday, FreeTonight
from escorts.repository.search_filters import TimeWindow
from kit.db import UnitOfWork

_STARTS = {
    "moment": "SELECT %(moment)s::timestamptz AS at",
    "local": "SELECT %(moment)s::timestamp AT TIME ZONE c.zone AS at",
    # From 18:00, or now, until 02:00; before 02:00 the evening of the previous day goes on.
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
    z.nearby::text AS nearby, z.constant_offset
FROM (
    SELECT c.slug AS city, array_agg(s.at ORDER BY s.at) AS starts,
        array_agg({slot} ORDER BY s.at) AS slots, range_agg({nearby}) AS nearby,
        -- The offset from UTC is the same a day before and a day after.
        (min(s.at) - interval '1 day') AT TIME ZONE c.zone
            - (min(s.at) - interval '1 day') AT TIME ZONE 'UTC'
        = (max(e.at) + interval '1 day') AT TIME ZONE c.zone
            - (max(e.at) + interval '1 day') AT TIME ZONE 'UTC' AS constant_offset
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
GROUP BY z.starts, z.slots, z.nearby, z.constant_offset ORDER BY min(z.city)
"""


def load_time_windows(
    work: UnitOfWork, availability: AvailabilityFilter, cities: Sequence[str], now: datetime
) -> list[TimeWindow]:
    """Return the time window of `availability` in each time zone of `cities`."""
    if isinstance(availability, FreeOnWeekday):
        return []
    moment = availability.start if isinstance(availability, FreeAt) else now
    kind = "evening" if isinstance(availability, FreeTonight) else "moment"
    if moment.tzinfo is None:
        kind = "local"
    statement = _WINDOWS.format(
        starts=_STARTS[kind],
        slot=_WEEK.format(first="m.first", last="m.last"),
        nearby=_WEEK.format(first="(m.first - 120)", last="(m.last + 120)"),
    )
    parameters: dict[str, Any] = {
        "moment": moment,
        "minutes": availability.minutes,
        "cities": list(cities),
    }
    return [TimeWindow(**row) for row in work.execute(statement, parameters)]
