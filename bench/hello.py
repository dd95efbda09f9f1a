"""Peer of the benchmarks: the smallest FastAPI application on Lambda with a JSON POST."""

from typing import Any

from fastapi import FastAPI
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI(openapi_url=None)


class Greeting(BaseModel):
    """Request body."""

    name: str


@app.post("/hello")
async def hello(greeting: Greeting) -> dict[str, Any]:
    """Return a greeting."""
    return {"hello": greeting.name}


handler = Mangum(app, lifespan="off")
