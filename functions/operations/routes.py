"""JSON API: the health check and the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from fastapi.responses import Response as PlainResponse

from kit import clock
from kit.auth import public
from kit.db import UnitOfWork
from kit.errors import Unavailable
from kit.http import API, Response, unit_of_work

router = APIRouter()


class Health(Response):
    """Health of the product and of the services it needs; no internals."""

    status: Literal["healthy", "unhealthy"]
    timestamp: datetime
    services: dict[str, Literal["healthy", "unhealthy"]]


@router.get("/api/health", dependencies=[public()], include_in_schema=False)
@router.get(
    f"{API}/health",
    dependencies=[public()],
    responses={503: {"model": Health, "description": "A required service is unreachable"}},
)
async def health(work: Annotated[UnitOfWork, Depends(unit_of_work)]) -> PlainResponse:
    """Check the health of the product: 200 when it can serve, 503 when not."""
    try:
        work.execute("SELECT 1")
        database: Literal["healthy", "unhealthy"] = "healthy"
    except Unavailable:
        database = "unhealthy"
    answer = Health(status=database, timestamp=clock.now(), services={"database": database})
    return JSONResponse(
        answer.model_dump(mode="json", by_alias=True), 200 if database == "healthy" else 503
    )


@router.get(f"{API}/openapi.json", dependencies=[public()], include_in_schema=False)
async def openapi() -> PlainResponse:
    """Return the OpenAPI document of the whole API, merged from all features at build time."""
    return PlainResponse(
        _document(),
        media_type="application/json",
        headers={"cache-control": "public, max-age=300"},
    )


@cache
def _document() -> bytes:
    return Path(__file__).with_name("openapi.json").read_bytes()
