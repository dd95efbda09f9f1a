"""Events between features, and their envelope on the bus.

A published event is a contract: subclasses live in `contracts/<feature>.py`, carry ids and public values only, and
change by raising `version`.
"""

from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from kit import clock
from kit.ids import new_id

_ENVELOPE = {"id", "occurred_at"}


class Event(BaseModel):
    """Base of every event. Fields of the subclass are the event's data, camelCase in JSON."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    source: ClassVar[str]
    """Source of the event: `hellomahi.<feature>`."""
    version: ClassVar[int] = 1

    id: UUID = Field(default_factory=new_id)
    occurred_at: datetime = Field(default_factory=clock.now)

    @classmethod
    def event_type(cls) -> str:
        """Return the detail type on the bus: the name of the class."""
        return cls.__name__

    def envelope(self) -> dict[str, Any]:
        """Return the JSON object that is the bus entry's detail."""
        return {
            "id": str(self.id),
            "type": self.event_type(),
            "version": self.version,
            "occurredAt": self.occurred_at.isoformat(),
            "data": self.model_dump(mode="json", by_alias=True, exclude=_ENVELOPE),
        }

    @classmethod
    def from_envelope(cls, envelope: dict[str, Any]) -> Self:
        """Return the event in `envelope`; raise `ValueError` for another type or a malformed envelope."""
        if (envelope.get("type"), envelope.get("version")) != (cls.event_type(), cls.version):
            raise ValueError(f"not a {cls.event_type()} of version {cls.version}")
        data = envelope.get("data")
        if not isinstance(data, dict) or not {"id", "occurredAt"} <= envelope.keys():
            raise ValueError("an envelope has an id, a moment and data")
        return cls.model_validate(
            data | {"id": envelope["id"], "occurredAt": envelope["occurredAt"]}
        )
