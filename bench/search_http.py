"""The same queries through the whole HTTP path: the function's handler, with API Gateway events."""

import contextlib
import io
import os
from collections.abc import Callable, Mapping
from importlib import import_module
from math import ceil
from statistics import median
from typing import Any

import psycopg

from bench import events
from bench.search_cases import Case
from bench.search_database import Bench
from bench.table import show
from bench.working_time import working_ms


def measure(
    bench: Bench, cases_by_family: Mapping[str, list[Case]], families: Mapping[str, str]
) -> None:
    """Print the response times, count and facets included on first pages."""
    os.environ.update(events.ENVIRONMENT)
    os.environ.update(
        DB_HOST=bench.server.host,
        DB_PORT=str(bench.server.port),
        DB_NAME="bench",
        DB_USER="escorts_web",
        DB_SSLMODE="disable",
        POWERTOOLS_METRICS_DISABLED="true",
        LOG_LEVEL="ERROR",
        SESSIONS_TABLE="-",
        RATE_LIMITS_TABLE="-",
        SIGNING_KEY_ARNS="-",
        PRIVATE_DATA_KEY_ARN="-",
    )
    handler = import_module("escorts.handler").handler
    _request(handler, _event("limit=1"))
    backend = _backend_pid(bench)
    rows = []
    for family, title in families.items():
        times = []
        for case in cases_by_family[family]:
            event = _event(case.query)
            times.append(working_ms(backend, _request, handler, event))
        p95 = sorted(times)[ceil(len(times) * 0.95) - 1]
        rows.append([title, f"{median(times):.1f} / {p95:.1f}"])
    show(
        f"GET /api/v1/escorts over {bench.profiles} profiles, total and facets included, working ms p50 / p95",
        ["family", "whole request"],
        rows,
    )


def _event(query: str) -> dict[str, Any]:
    event = events.http("GET", "/api/v1/escorts")
    event["rawQueryString"] = query
    event["headers"]["cloudfront-viewer-country"] = "DE"
    return event


def _request(
    handler: Callable[[dict[str, Any], None], dict[str, Any]], event: dict[str, Any]
) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        answer = handler(event, None)
    assert answer["statusCode"] == 200, answer


def _backend_pid(bench: Bench) -> int:
    """Return the backend process of the handler's connection: the newest one of its role."""
    with psycopg.connect(bench.server.url("bench")) as connection:
        row = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'escorts_web'"
            " ORDER BY backend_start DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    return int(row[0])
