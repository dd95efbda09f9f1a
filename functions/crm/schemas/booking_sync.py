"""What waits to be written into the book, as the API shows it."""

from pydantic import Field

from kit.http import Response


class InboxView(Response):
    """How much waits; what it is, only the open book can tell."""

    waiting: int = Field(description="Written in as soon as the book is open.")
    failed: int = Field(description="Did not open, several times, and is left aside.")
