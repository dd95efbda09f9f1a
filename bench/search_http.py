"""The same questions through the whole HTTP path: the function's handler, with API Gateway's events."""

import contextlib
import io
import os
import time
from collections.abc import Mapping
from importlib import import_module
from math import ceil
from statistics import median

from bench import events
from bench.search_cases import Case
from bench.search_database import Bench
from bench.table import show

REPEATS = 3


def measure(bench: Bench, drawn: Mapping[str, list[Case]], families: Mapping[str, str]) -> None:
    """Print how long answers take, count and facets included where it is a first page."""
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
    rows = []
    for family, title in families.items():
        times = []
        for case in drawn[family]:
            event = events.http("GET", "/api/v1/escorts")
            event["rawQueryString"] = case.query
            event["headers"]["cloudfront-viewer-country"] = "DE"
            best = float("inf")
            for _ in range(REPEATS):
                started = time.perf_counter()
                with contextlib.redirect_stdout(io.StringIO()):
                    answer = handler(event, None)
                best = min(best, time.perf_counter() - started)
                assert answer["statusCode"] == 200, answer
            times.append(best * 1000)
        p95 = sorted(times)[ceil(len(times) * 0.95) - 1]
        rows.append([title, f"{median(times):.1f} / {p95:.1f}"])
    show(
        f"GET /api/v1/escorts over {bench.profiles} profiles, total and facets included, ms p50 / p95",
        ["family", "whole request"],
        rows,
    )
