"""Tasks of a provider, with or without a client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID


class TaskState(StrEnum):
    """State by which tasks are listed."""

    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Task: the due time is plaintext, the content is encrypted."""

    title: str
    notes: str = ""
    due_at: datetime | None = None

    def encrypted_payload(self) -> dict[str, Any]:
        """Return the JSON document to encrypt."""
        return {"title": self.title} | ({"notes": self.notes} if self.notes else {})

    @classmethod
    def from_columns(cls, due_at: datetime | None, document: Mapping[str, Any]) -> Self:
        """Return the task from its columns and decrypted document."""
        return cls(title=document["title"], notes=document.get("notes", ""), due_at=due_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTask:
    """Task with its id, version and times."""

    id: UUID
    client_id: UUID | None
    task: Task
    done_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    def is_overdue(self, now: datetime) -> bool:
        """Return whether the task is open and past its due time."""
        return self.done_at is None and self.task.due_at is not None and self.task.due_at < now
