"""What a provider wants to be reminded of, about somebody or nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID


class TaskState(StrEnum):
    """Which of the tasks."""

    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be done: when is in clear, what is sealed."""

    title: str
    notes: str = ""
    due_at: datetime | None = None

    def encrypted_payload(self) -> dict[str, Any]:
        """Return what is sealed."""
        return {"title": self.title} | ({"notes": self.notes} if self.notes else {})

    @classmethod
    def from_columns(cls, due_at: datetime | None, document: Mapping[str, Any]) -> Self:
        """Return what was kept."""
        return cls(title=document["title"], notes=document.get("notes", ""), due_at=due_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTask:
    """A task in the book."""

    id: UUID
    client_id: UUID | None
    task: Task
    done_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it should have been done."""
        return self.done_at is None and self.task.due_at is not None and self.task.due_at < now
