"""The search against SQL written by hand and the sources' own table, in turns over one directory.

`python -m bench search --profiles 1000000`; `BENCH_DATA=folder` keeps the loaded database.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from psycopg.rows import dict_row

from bench import search_http
from bench.search_cases import Case, cases
from bench.search_database import Bench, clock_offset, prepared
from bench.search_peers import BY_HAND, BY_SOURCES
from bench.table import show
from bench.working_time import working_ms
from escorts.service.search import Search
from kit import clock
from kit.db import Database, UnitOfWork

DEFAULT, ROUNDS = 200_000, 60
GOAL_RATIO, GOAL_MS = 1.3, 20.0
FAMILIES = {
    "city": "city and filters, page 1",
    "deep": "keyset, far down",
    "radius": "around a point",
    "available": "free at a time",
    "text": "words",
    "alike": "a misspelt name",
    "count": "count to 200",
}
_PLANS = Path(__file__).parents[1] / "docs" / "performance"


def main() -> None:
    """Print the tables and keep the plans."""
    profiles = int(os.environ.get("BENCH_PROFILES", DEFAULT))
    os.environ["CLOCK_OFFSET_SECONDS"] = str(clock_offset())
    with prepared(profiles) as bench:
        drawn = {family: cases(bench, family, ROUNDS) for family in FAMILIES}
        _statements(bench, drawn)
        _plans(bench, drawn)
        search_http.measure(bench, drawn, FAMILIES)


def _statements(bench: Bench, drawn: Mapping[str, list[Case]]) -> None:
    database = bench.database("escorts_web")
    hand = psycopg.connect(bench.server.url("bench", "escorts_web"), row_factory=dict_row)
    hand.execute("SET max_parallel_workers_per_gather = 0")
    hand.execute("SET random_page_cost = 1.1")
    hand.execute("SET pg_trgm.word_similarity_threshold = 0.5")
    hand.commit()
    sources = psycopg.connect(bench.server.url("bench"), row_factory=dict_row)
    database_pid = database.usable_connection().info.backend_pid
    rows = []
    for family, title in FAMILIES.items():
        by_hand, by_sources = BY_HAND[family], BY_SOURCES[family]
        ours, theirs, old = [], [], []
        for number, case in enumerate(drawn[family]):
            ours.append(working_ms(database_pid, _search, database, case))
            theirs.append(working_ms(hand.info.backend_pid, _by_hand, hand, by_hand, case))
            if number < ROUNDS // 8:
                old.append(working_ms(sources.info.backend_pid, _run, sources, by_sources, case))
        ratio = _p95(ours) / _p95(theirs)
        rows.append(
            [
                title,
                f"{median(ours):.1f} / {_p95(ours):.1f}",
                f"{median(theirs):.1f} / {_p95(theirs):.1f}",
                f"{ratio:.2f}",
                f"{median(old):.0f} / {_p95(old):.0f}",
            ]
        )
    show(
        f"Search over {bench.profiles} profiles, working ms p50 / p95 of {ROUNDS} questions"
        f" (goals: p95 <= {GOAL_RATIO} x by hand, < {GOAL_MS:.0f} ms but for the misspelt name)",
        ["family", "search", "by hand", "p95 ratio", "the sources' table"],
        rows,
    )


def _search(database: Database, case: Case) -> None:
    with database.transaction() as work:
        case.run(Search(work, clock.now), work)


def _by_hand(
    connection: psycopg.Connection[dict[str, Any]], statement: str, case: Case
) -> list[dict[str, Any]]:
    connection.execute("SET LOCAL ROLE escorts_public")
    return _run(connection, statement, case)


def _run(
    connection: psycopg.Connection[dict[str, Any]], statement: str, case: Case
) -> list[dict[str, Any]]:
    rows = connection.execute(statement.encode(), case.parameters, prepare=False).fetchall()
    connection.commit()
    return rows


def _p95(values: list[float]) -> float:
    return sorted(values)[ceil(len(values) * 0.95) - 1]


@dataclass
class _Recorder:
    """Keeps the statements over the projection that pass through a unit of work."""

    statements: list[tuple[str, Any]]

    def watch(self, work: UnitOfWork) -> UnitOfWork:
        execute = work.execute

        def recorded(query: Any, params: Any = None, **options: Any) -> Any:
            if "profile_search" in str(query) and "EXPLAIN" not in str(query):
                self.statements.append((str(query), params))
            return execute(query, params, **options)

        work.execute = recorded  # type: ignore[method-assign]
        return work


def _plans(bench: Bench, drawn: Mapping[str, list[Case]]) -> None:
    """Write EXPLAIN (ANALYZE, BUFFERS) of what each family asked the database."""
    database = bench.database("escorts_web")
    parts = []
    for family, title in FAMILIES.items():
        recorder = _Recorder([])
        case = drawn[family][0]
        with database.transaction() as work:
            case.run(Search(recorder.watch(work), clock.now), work)
        for statement, parameters in recorder.statements[:3]:
            with database.transaction() as work:
                work.set_local("role", "escorts_public")
                work.set_local("pg_trgm.word_similarity_threshold", "0.5")
                rows = work.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
                plan = "\n".join(row["QUERY PLAN"] for row in rows)
            parts.append(f"== {title}\n{plan}\n")
    _PLANS.mkdir(exist_ok=True)
    (_PLANS / f"search-plans-{bench.profiles}.txt").write_text("\n".join(parts))
