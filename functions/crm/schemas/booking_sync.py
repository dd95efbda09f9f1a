"""Inbox counts, as the API serves them."""

from pydantic import Field

from kit.http import Response


class InboxView(Response):
    """Message counts of an inbox; its contents need the unlocked workspace."""

    waiting: int = Field(description="Pending; processed at the next unlock.")
    failed: int = Field(description="Failed several times, and skipped.")
