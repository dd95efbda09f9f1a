"""Generated directory of companions, reproducible by seed, loaded into the tables by COPY."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched
from random import Random
from uuid import UUID

import psycopg

from contracts.services import SERVICES
from escorts.domain.vocabulary import ETHNICITIES, LANGUAGES

CITIES = {
    "amsterdam": (52.3728, 4.8936, "EUR", 12),
    "auckland": (-36.8485, 174.7633, "NZD", 6),
    "berlin": (52.52, 13.405, "EUR", 18),
    "brussels": (50.8467, 4.3525, "EUR", 7),
    "geneva": (46.2044, 6.1432, "CHF", 5),
    "hamburg": (53.5511, 9.9937, "EUR", 9),
    "melbourne": (-37.8136, 144.9631, "AUD", 9),
    "munich": (48.1374, 11.5755, "EUR", 9),
    "sydney": (-33.8688, 151.2093, "AUD", 9),
    "vienna": (48.2082, 16.3738, "EUR", 8),
    "wellington": (-41.2866, 174.7756, "NZD", 3),
    "zurich": (47.3769, 8.5417, "CHF", 5),
}
ZONES = {
    "amsterdam": "Europe/Amsterdam",
    "auckland": "Pacific/Auckland",
    "berlin": "Europe/Berlin",
    "brussels": "Europe/Brussels",
    "geneva": "Europe/Zurich",
    "hamburg": "Europe/Berlin",
    "melbourne": "Australia/Melbourne",
    "munich": "Europe/Berlin",
    "sydney": "Australia/Sydney",
    "vienna": "Europe/Vienna",
    "wellington": "Pacific/Auckland",
    "zurich": "Europe/Zurich",
}
_SYLLABLES = (
    *("al", "an", "bel", "car", "da", "e", "fe", "gi", "ha", "in", "jo", "ka", "la", "ma", "ni"),
    *("or", "pi", "ri", "sa", "ta", "va", "vi", "yo", "za"),
)
_COMMON = (
    *("company", "dinner", "quiet", "evening", "travel"),
    *("music", "museum", "wine", "conversation", "smile"),
)
_ETHNICITIES = (
    None,
    None,
    None,
    *ETHNICITIES.values(),
    "European and Asian",
    "something of everything",
)
# Fixed date of a generated directory, so that the same seed gives the same rows.
EPOCH = datetime(2031, 5, 1, tzinfo=UTC)
BATCH = 20_000


@dataclass
class Directory:
    """Rows of a batch by table, in COPY's text format."""

    users: list[str] = field(default_factory=list)
    slugs: list[str] = field(default_factory=list)
    profiles: list[str] = field(default_factory=list)
    rates: list[str] = field(default_factory=list)
    locations: list[str] = field(default_factory=list)
    availability: list[str] = field(default_factory=list)
    verifications: list[str] = field(default_factory=list)
    tours: list[str] = field(default_factory=list)
    tour_hours: list[str] = field(default_factory=list)
    providers: list[str] = field(default_factory=list)
    bookings: list[str] = field(default_factory=list)


_TABLES = {
    "users": "auth.users (id, email, role, status, email_verified_at)",
    "slugs": "escorts.slugs (slug, profile_id, claimed_at)",
    "profiles": (
        "escorts.profiles (id, user_id, slug, name, city, bio, ethnicity, languages, services,"
        " status, hidden, consent_version, consent_at, birth_date_sealed, age, age_checked_on,"
        " over18, over18_attested_at, created_at, updated_at, featured, rating, review_count)"
    ),
    "rates": "escorts.rates"
    " (profile_id, position, service, duration_minutes, amount, currency, venue)",
    "locations": "escorts.locations (profile_id, position, place, latitude, longitude)",
    "availability": "escorts.availability (profile_id, weekday, starts, ends)",
    "verifications": (
        "escorts.verifications (id, profile_id, status, submitted_at, document_checked_at,"
        " liveness_checked_at, decided_at, decided_by, expires_at)"
    ),
    "tours": "escorts.tours (id, profile_id, city, zone, first_day, last_day, at_home)",
    "tour_hours": "escorts.tour_hours (tour_id, weekday, starts, ends)",
    "providers": "bookings.providers (profile_id, user_id, created_at, updated_at)",
    "bookings": (
        "bookings.bookings (id, profile_id, provider_id, client_id, status, period,"
        " buffered_period, city, time_zone, venue, services, amount_minor, currency, price,"
        " policy, deposit, address_days, requested_at, expires_at)"
    ),
}


def load(
    connection: psycopg.Connection[tuple[object, ...]],
    count: int,
    *,
    seed: int = 1,
    now: datetime = EPOCH,
    bookings: int = 0,
    report_progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Store `count` profiles; about one in sixteen is not public, for different reasons.

    Each has `meetings` confirmed bookings on the coming days.
    """
    # The rows are consistent; checking ten million foreign keys would only take longer.
    connection.execute("SET session_replication_role = replica")
    for number, part in enumerate(batched(range(count), BATCH, strict=False)):
        rows = generate(part, seed * 1000 + number, now, bookings)
        for table, columns in _TABLES.items():
            with connection.cursor().copy(f"COPY {columns} FROM STDIN") as copy:
                copy.write("".join(getattr(rows, table)))
        report_progress(f"{part[-1] + 1} profiles")
    connection.execute("SET session_replication_role = origin")


def generate(indices: Iterable[int], seed: int, now: datetime, bookings: int = 0) -> Directory:
    """Return the rows of these profiles."""
    random = Random(seed)
    words = _vocabulary()
    directory = Directory()
    cities, weights = list(CITIES), [city[3] for city in CITIES.values()]
    for index in indices:
        city = random.choices(cities, weights)[0]
        id_ = _profile(directory, random, index, city, words, now)
        _tours(directory, Random(index * 31 + 7), id_, city, now)
        if bookings:
            _bookings(directory, Random(index * 37 + 11), id_, city, now, bookings)
    return directory


def _profile(
    directory: Directory, random: Random, index: int, city: str, words: list[str], now: datetime
) -> UUID:
    created = now - timedelta(days=900) + timedelta(seconds=index % 70_000_000)
    id_ = _id(created, index, random)
    latitude, longitude, currency, _ = CITIES[city]
    account, status, hidden, verified, expires = _publication_state(random, now)
    at, updated = created.isoformat(), now - timedelta(hours=random.randrange(1, 1500))
    slug = f"p-{index}-{id_.hex[-6:]}"
    services = random.sample(list(SERVICES), random.randrange(2, 8))
    rating = f"{random.randrange(300, 501) / 100}" if random.random() < 0.4 else r"\N"
    reviews = 0 if rating == r"\N" else random.randrange(1, 90)
    directory.users.append(f"{id_}\t{id_}@example.test\tescort\t{account}\t{at}\n")
    directory.slugs.append(f"{slug}\t{id_}\t{at}\n")
    directory.profiles.append(
        f"{id_}\t{id_}\t{slug}\t{_name(random, words)}\t{city}\t{_bio(random, words)}"
        f"\t{random.choice(_ETHNICITIES) or r'\N'}\t{{{','.join(_languages(random))}}}"
        f"\t{{{','.join(services)}}}\t{status}\t{hidden}\t1\t{at}\t\\\\x00"
        f"\t{random.randrange(18, 62)}\t{now.date()}\tt\t{at}\t{at}\t{updated.isoformat()}"
        f"\t{'t' if random.random() < 0.03 else 'f'}\t{rating}\t{reviews}\n"
    )
    checked = (expires - timedelta(days=364)).isoformat()
    directory.verifications.append(
        f"{id_}\t{id_}\t{verified}\t{checked}\t{checked}\t{checked}\t{checked}\t{id_}"
        f"\t{expires.isoformat()}\n"
    )
    directory.rates.extend(_rates(random, id_, services, currency))
    if random.random() < 0.8:
        north, east = random.gauss(latitude, 0.08), random.gauss(longitude, 0.12)
        directory.locations.append(f"{id_}\t0\tHere\t{north:.2f}\t{east:.2f}\n")
    directory.availability.extend(_hours(random, id_))
    return id_


def _publication_state(random: Random, now: datetime) -> tuple[str, str, str, str, datetime]:
    """Return the account, the profile, whether it is hidden, its verification, and its end."""
    draw, expires = random.random(), now + timedelta(days=random.randrange(1, 360))
    if draw < 0.01:
        return "suspended", "active", "f", "verified", expires
    if draw < 0.03:
        return "active", "active", "t", "verified", expires
    if draw < 0.04:
        return "active", "inactive", "f", "verified", expires
    if draw < 0.05:
        return "active", "active", "f", "expired", expires
    if draw < 0.06:
        return "active", "active", "f", "verified", now - timedelta(hours=1)
    return "active", "active", "f", "verified", expires


def _rates(random: Random, id_: UUID, services: list[str], currency: str) -> Iterator[str]:
    hour = random.randrange(80, 600)
    for position, service in enumerate(services[: random.randrange(0, 4)]):
        hours = random.choice((1, 1, 2, 3))
        money = currency if random.random() < 0.95 else "USD"
        venue = random.choice(("incall", "outcall"))
        yield f"{id_}\t{position}\t{service}\t{hours * 60}\t{hour * hours * 100}\t{money}\t{venue}\n"


def _hours(random: Random, id_: UUID) -> Iterator[str]:
    if random.random() < 0.1:
        return
    start = random.randrange(8, 24)
    end = (start + random.randrange(2, 12)) % 24
    for weekday in sorted(random.sample(range(1, 8), random.randrange(1, 8))):
        yield f"{id_}\t{weekday}\t{start:02}:00\t{end:02}:{random.choice(('00', '30'))}\n"


def _tours(directory: Directory, random: Random, id_: UUID, home: str, now: datetime) -> None:
    """Add tours to one profile in twelve, now or within some weeks, some of them twice."""
    if random.random() >= 0.08:
        return
    day = now.date() + timedelta(days=random.randrange(-6, 25))
    for _ in range(random.choice((1, 1, 2))):
        city = random.choice([name for name in CITIES if name != home])
        last = day + timedelta(days=random.randrange(1, 10))
        tour, at_home = UUID(int=random.getrandbits(128)), random.random() < 0.2
        directory.tours.append(f"{tour}\t{id_}\t{city}\t{ZONES[city]}\t{day}\t{last}\t{at_home}\n")
        if random.random() < 0.3:
            for weekday in range(1, 8):
                directory.tour_hours.append(
                    f"{tour}\t{weekday}\t{random.randrange(9, 19)}:00\t23:30\n"
                )
        day = last + timedelta(days=random.randrange(3, 12))


def _bookings(
    directory: Directory, random: Random, id_: UUID, city: str, now: datetime, count: int
) -> None:
    """Add `count` bookings on the coming evenings and afternoons, at most one per day."""
    at, client = now.isoformat(), UUID(int=1)
    directory.providers.append(f"{id_}\t{id_}\t{at}\t{at}\n")
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in random.sample(range(20), count):
        start = midnight + timedelta(days=day, minutes=random.randrange(24, 88) * 15)
        end = start + timedelta(minutes=random.choice((60, 90, 120, 240)))
        after = end + timedelta(minutes=30)
        directory.bookings.append(
            f"{UUID(int=random.getrandbits(128))}\t{id_}\t{id_}\t{client}\tconfirmed"
            f"\t[{start.isoformat()},{end.isoformat()})\t[{start.isoformat()},{after.isoformat()})"
            f"\t{city}\t{ZONES[city]}\tincall\t{{dinner}}\t30000\tEUR\t{{}}\t{{}}\t0\t7\t{at}\t{at}\n"
        )


def _languages(random: Random) -> list[str]:
    usual = ["en", "de", "fr", "es", "nl"]
    return random.sample(usual, random.randrange(1, 4)) + (
        [random.choice([code for code in LANGUAGES if code not in usual])]
        if random.random() < 0.3
        else []
    )


def _name(random: Random, words: list[str]) -> str:
    first = "".join(random.choices(_SYLLABLES, k=random.choice((2, 3)))).capitalize()
    return f"{first} {random.choice(words).capitalize()}" if random.random() < 0.3 else first


def _bio(random: Random, words: list[str]) -> str:
    """Return a few sentences of ten common words and of words with decreasing frequency."""
    rare = [words[int(len(words) * random.random() ** 3)] for _ in range(random.randrange(4, 25))]
    return " ".join([*random.sample(_COMMON, 3), *rare]).capitalize() + "."


def _vocabulary() -> list[str]:
    random = Random("words")
    directory = dict.fromkeys("".join(random.choices(_SYLLABLES, k=3)) for _ in range(6000))
    return list(directory)


def _id(created: datetime, index: int, random: Random) -> UUID:
    """Return a UUIDv7, so that rows of the same time are adjacent, as in the application."""
    milliseconds = int(created.timestamp() * 1000)
    tail = (index << 30 | random.getrandbits(30)) & (2**62 - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | tail)
