"""Answering a form, and one that was refused."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from kit.pages import Pages

pages = Pages("escorts")
REFUSED = 422


def see(path: str) -> RedirectResponse:
    """Lead the browser on after a form, so that reloading repeats nothing."""
    return RedirectResponse(path, status_code=303)


def show(request: Request, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """Answer with a page of our own; from 400 on the transaction is undone."""
    return pages.render(request, template, status, **context)
