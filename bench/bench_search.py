"""Search benchmark: the search, hand-written SQL and the sources' table over one directory.

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
from bench.search_peers import BY_SOURCES, HAND_WRITTEN
from bench.table import show
from bench.working_time import working_ms
from escorts.service.search import Search
from kit import clock
from kit.db import Database, UnitOfWork

DEFAULT, ROUNDS = 200_000, 60
GOAL_RATIO, GOAL_MS = 1.3, 20.0
FAMILIES = {
    "city": "city and filters, page 1",
    "deep": "keyset, deep page",
    "radius": "within a radius",
    "available": "free at a time",
    "text": "words",
    "alike": "misspelled name",
    "count": "count to 200",
}
_PLANS = Path(__file__).parents[1] / "docs" / "performance"


def main() -> None:
    """Print the result tables and write the query plans."""
    profiles = int(os.environ.get("BENCH_PROFILES", DEFAULT))
    os.environ["CLOCK_OFFSET_SECONDS"] = str(clock_offset())
    with prepared(profiles) as bench:
        cases_by_family = {family: cases(bench, family, ROUNDS) for family in FAMILIES}
        _measure_statements(bench, cases_by_family)
        _write_plans(bench, cases_by_family)
        search_http.measure(bench, cases_by_family, FAMILIES)


def _measure_statements(bench: Bench, cases_by_family: Mapping[str, list[Case]]) -> None:
    database = bench.database("escorts_web")
    hand_written = psycopg.connect(bench.server.url("bench", "escorts_web"), row_factory=dict_row)
    hand_written.execute("SET max_parallel_workers_per_gather = 0")
    hand_written.execute("SET random_page_cost = 1.1")
    hand_written.execute("SET pg_trgm.word_similarity_threshold = 0.5")
    hand_written.commit()
    sources = psycopg.connect(bench.server.url("bench"), row_factory=dict_row)
    database_pid = database.usable_connection().info.backend_pid
    rows = []
    for family, title in FAMILIES.items():
        statement, by_sources = HAND_WRITTEN[family], BY_SOURCES[family]
        search_times, hand_written_times, source_times = [], [], []
        for number, case in enumerate(cases_by_family[family]):
            search_times.append(working_ms(database_pid, _search, database, case))
            hand_written_times.append(
                working_ms(
                    hand_written.info.backend_pid, _run_hand_written, hand_written, statement, case
                )
            )
            if number < ROUNDS // 8:
                source_times.append(
                    working_ms(sources.info.backend_pid, _run, sources, by_sources, case)
                )
        ratio = _p95(search_times) / _p95(hand_written_times)
        rows.append(
            [
                title,
                f"{median(search_times):.1f} / {_p95(search_times):.1f}",
                f"{median(hand_written_times):.1f} / {_p95(hand_written_times):.1f}",
                f"{ratio:.2f}",
                f"{median(source_times):.0f} / {_p95(source_times):.0f}",
            ]
        )
    show(
        f"Search over {bench.profiles} profiles, working ms p50 / p95 of {ROUNDS} queries"
        f" (goals: p95 <= {GOAL_RATIO} x hand-written, < {GOAL_MS:.0f} ms but for the misspelled name)",
        ["family", "search", "hand-written SQL", "p95 ratio", "the sources' table"],
        rows,
    )


def _search(database: Database, case: Case) -> None:
    with database.transaction() as work:
        case.run(Search(work, clock.now), work)


def _run_hand_written(
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
    """Records the statements on the search index that pass through a unit of work."""

    statements: list[tuple[str, Any]]

    def watch(self, work: UnitOfWork) -> UnitOfWork:
        execute = work.execute

        def recorded(query: Any, params: Any = None, **options: Any) -> Any:
            if "profile_search" in str(query) and "EXPLAIN" not in str(query):
                self.statements.append((str(query), params))
            return execute(query, params, **options)

        work.execute = recorded  # type: ignore[method-assign]
        return work


def _write_plans(bench: Bench, cases_by_family: Mapping[str, list[Case]]) -> None:
    """Write EXPLAIN (ANALYZE, BUFFERS) of the statements of each family."""
    database = bench.database("escorts_web")
    parts = []
    for family, title in FAMILIES.items():
        recorder = _Recorder([])
        case = cases_by_family[family][0]
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
