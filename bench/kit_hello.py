"""The application of `bench.hello` built with kit, which measures kit's cost per request."""

from typing import Any

from fastapi import APIRouter

from kit.auth import public
from kit.http import Request, create_app, lambda_handler

router = APIRouter()


class Greeting(Request):
    """Request body."""

    name: str


@router.post("/hello", dependencies=[public()])
async def hello(greeting: Greeting) -> dict[str, Any]:
    """Return a greeting."""
    return {"hello": greeting.name}


app = create_app(title="Hello", routers=[router])
handler = lambda_handler(app)
