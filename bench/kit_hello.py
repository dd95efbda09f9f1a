"""The same application as `bench.hello`, built the house's way: what the house itself costs per request."""

from typing import Any

from fastapi import APIRouter

from kit.auth import public
from kit.http import Request, create_app, lambda_handler

router = APIRouter()


class Greeting(Request):
    """What is sent."""

    name: str


@router.post("/hello", dependencies=[public()])
async def hello(greeting: Greeting) -> dict[str, Any]:
    """Answer."""
    return {"hello": greeting.name}


app = create_app(title="Hello", routers=[router])
handler = lambda_handler(app)
