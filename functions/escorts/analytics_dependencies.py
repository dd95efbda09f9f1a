"""The composition root of counting views: beside `dependencies`, which every other route needs."""

from typing import Annotated

from fastapi import Depends
from fastapi import Request as HttpRequest

from escorts import settings
from escorts.dependencies import Work
from escorts.domain.views import Onlooker
from escorts.repository.view_counters import ViewCounters
from escorts.service.views import Counting
from kit import clock
from kit.http import client_ip


def view_counters() -> ViewCounters:
    """Return the counters."""
    return ViewCounters(settings.view_counters_table())


async def counting(work: Work) -> Counting:
    """Return what counts a view."""
    return Counting(work, view_counters, clock.now)


async def onlooker(request: HttpRequest) -> Onlooker:
    """Return what the request shows of who looks."""
    headers = request.headers
    return Onlooker(
        network=client_ip(request),
        user_agent=headers.get("user-agent", ""),
        objects="1" in {headers.get("sec-gpc"), headers.get("dnt")},
    )


type ViewCount = Annotated[Counting, Depends(counting)]
type Looker = Annotated[Onlooker, Depends(onlooker)]
