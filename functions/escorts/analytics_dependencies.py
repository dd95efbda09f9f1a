"""FastAPI dependencies of view counting, apart from `dependencies`, which all routes import."""

from typing import Annotated

from fastapi import Depends
from fastapi import Request as HttpRequest

from escorts import settings
from escorts.dependencies import UnitOfWorkDep
from escorts.domain.views import ViewerContext
from escorts.repository.view_counters import ViewCounters
from escorts.service.views import ViewRecorder
from kit import clock
from kit.http import client_ip


def view_counters() -> ViewCounters:
    """Return the view counters."""
    return ViewCounters(settings.view_counters_table())


async def view_recorder(work: UnitOfWorkDep) -> ViewRecorder:
    """Return the view recorder."""
    return ViewRecorder(work, view_counters, clock.now)


async def viewer_context(request: HttpRequest) -> ViewerContext:
    """Return the viewer's network, user agent and tracking opt-out."""
    headers = request.headers
    return ViewerContext(
        network=client_ip(request),
        user_agent=headers.get("user-agent", ""),
        opted_out="1" in {headers.get("sec-gpc"), headers.get("dnt")},
    )


type ViewRecorderDep = Annotated[ViewRecorder, Depends(view_recorder)]
type ViewerContextDep = Annotated[ViewerContext, Depends(viewer_context)]
