"""Lambda handler of an HTTP application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mangum import Mangum

if TYPE_CHECKING:
    from fastapi import FastAPI

type LambdaHandler = Callable[[dict[str, Any], Any], Any]

# FastAPI builds its routers on the first request: a synthetic 404 at import moves that work to the init phase.
_WARM_UP = {
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": "/api/_warm-up",
    "rawQueryString": "",
    "headers": {"host": "localhost"},
    "requestContext": {
        "http": {
            "method": "GET",
            "path": "/api/_warm-up",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
        },
        "requestId": "warm-up",
        "stage": "$default",
    },
    "isBase64Encoded": False,
}


def lambda_handler(app: FastAPI) -> LambdaHandler:
    """Return the Lambda entry point of `app`."""
    # Mangum would log paths, which may hold a name, and the text of errors; our middleware logs without them.
    logging.getLogger("mangum").setLevel(logging.CRITICAL + 1)
    # One loop for the life of the environment; Mangum would rely on asyncio's deprecated implicit loop.
    loop = asyncio.new_event_loop()
    adapter = Mangum(app, lifespan="off")

    def handler(event: dict[str, Any], context: Any) -> Any:
        # A call of asyncio.run in this process unsets the current loop.
        asyncio.set_event_loop(loop)
        return adapter(event, context)

    handler(_WARM_UP, None)
    return handler
