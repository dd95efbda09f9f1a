"""What "now", "tonight" and a date mean where the clocks differ: the database's zones decide."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from escorts.domain.search import At, Tonight, Weekday, When
from escorts.repository.search_filters import Window
from kit.db import UnitOfWork

_STARTS = {
    "moment": "SELECT %(moment)s::timestamptz AS starts, %(moment)s::timestamptz AS latest",
    "local": """SELECT %(moment)s::timestamp AT TIME ZONE c.zone AS starts,
                       %(moment)s::timestamp AT TIME ZONE c.zone AS latest""",
    "evening": """SELECT greatest(%(moment)s, (evening + time '18:00') AT TIME ZONE c.zone) AS starts,
                         (evening + 1 + time '02:00') AT TIME ZONE c.zone AS latest
                  FROM (VALUES (((%(moment)s::timestamptz AT TIME ZONE c.zone)
                                 - interval '2 hours')::date)) AS day (evening)""",
}
# Where clocks change between the day before and the day after, the week's minutes mean nothing.
_WINDOWS = """
SELECT array_agg(c.slug ORDER BY c.slug) AS cities, w.starts, w.ends, CASE
    WHEN (w.starts - interval '1 day') AT TIME ZONE c.zone - (w.starts - interval '1 day')
             AT TIME ZONE 'UTC'
         = (w.covered + interval '1 day') AT TIME ZONE c.zone - (w.covered + interval '1 day')
             AT TIME ZONE 'UTC'
    THEN int4multirange(int4range(m.first, least(m.last, 10080)),
                        int4range(0, greatest(m.last - 10080, 0)))::text END AS weekly
FROM escorts.cities c
CROSS JOIN LATERAL ({starts}) s
CROSS JOIN LATERAL (SELECT s.starts,
    {ends} AS ends,
    s.latest + make_interval(mins => %(minutes)s) AS covered) w
CROSS JOIN LATERAL (SELECT w.starts AT TIME ZONE c.zone AS local) l
CROSS JOIN LATERAL (SELECT (extract(isodow FROM l.local)::integer - 1) * 1440
    + extract(hour FROM l.local)::integer * 60 + extract(minute FROM l.local)::integer AS first) b
CROSS JOIN LATERAL (SELECT b.first, b.first + ceil((extract(epoch FROM w.covered - w.starts)
    + extract(second FROM l.local)) / 60)::integer AS last) m
WHERE c.slug = ANY (%(cities)s)
GROUP BY c.zone, w.starts, w.ends, w.covered, m.first, m.last
ORDER BY min(c.slug)
"""


def windows(work: UnitOfWork, when: When, cities: Sequence[str], now: datetime) -> list[Window]:
    """Return what `when` means in each zone of `cities`."""
    if isinstance(when, Weekday):
        return []
    moment = when.moment if isinstance(when, At) else now
    kind = "evening" if isinstance(when, Tonight) else "moment"
    if moment.tzinfo is None:
        kind = "local"
    ends = (
        "s.latest" if isinstance(when, Tonight) else "s.starts + make_interval(mins => %(minutes)s)"
    )
    parameters: dict[str, Any] = {
        "moment": moment, "minutes": when.minutes, "cities": list(cities)
    }  # fmt: skip
    rows = work.execute(_WINDOWS.format(starts=_STARTS[kind], ends=ends), parameters)
    return [Window(**row) for row in rows]
