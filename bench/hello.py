"""The peer: the smallest FastAPI application on Lambda that answers a JSON POST."""

from typing import Any

from fastapi import FastAPI
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI(openapi_url=None)


class Greeting(BaseModel):
    """What is sent."""

    name: str


@app.post("/hello")
async def hello(greeting: Greeting) -> dict[str, Any]:
    """Answer."""
    return {"hello": greeting.name}


handler = Mangum(app, lifespan="off")
