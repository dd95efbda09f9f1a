"""Data of the developer console as plain values, for its pages and its JSON endpoints."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from local.runtime.log import LogLine
from local.services import messages
from local.services.context import CloudServices
from local.services.invalidations import Invalidation
from local.services.schedules import Scheduler

__all__ = ["LIMITS", "QueueDepth", "ScheduleRow", "Views", "jsonable"]

LIMITS = (
    "IAM: every function may call every AWS operation. Database grants are real.",
    "Quotas and throttles of AWS services; concurrency is a few environments per function.",
    "VPC, WAF and TLS: functions reach the internet, the origin is plain HTTP on loopback.",
    "Lambda's waits between asynchronous attempts are seconds here, minutes on AWS.",
    "DynamoDB's expiry and SQS's timers follow real time, not the advanced clock.",
    "A schedule skipped by advancing the clock runs once, however often it would have run.",
    "Alarms, dashboards, log retention and backups.",
)


@dataclass(frozen=True)
class QueueDepth:
    """Queue with the number of messages in each state."""

    name: str
    visible: int
    in_flight: int
    delayed: int


@dataclass(frozen=True)
class ScheduleRow:
    """Schedule and the times of its runs."""

    name: str
    expression: str
    timezone: str
    enabled: bool
    next_run: datetime | None
    last_run: datetime | None


class Views:
    """Reader of a running cloud's state."""

    def __init__(self, services: CloudServices, scheduler: Scheduler) -> None:
        self._services = services
        self._scheduler = scheduler

    def mail(self, to: str = "") -> list[messages.Mail]:
        """Return captured e-mails, newest first, optionally of one recipient."""
        wanted = to.casefold()
        found = messages.mails(self._services.emulator)
        return [mail for mail in found if not to or wanted in map(str.casefold, mail.to)]

    def sms(self) -> list[messages.TextMessage]:
        """Return captured text messages, newest first."""
        return messages.text_messages(self._services.emulator)

    def schedules(self) -> list[ScheduleRow]:
        """Return the template's schedules."""
        return [
            ScheduleRow(
                state.name,
                state.expression,
                state.timezone,
                state.enabled,
                state.next_run,
                state.last_run,
            )
            for state in self._scheduler.schedules.values()
        ]

    def schedule_names(self) -> set[str]:
        """Return the names under which schedules can be run."""
        return set(self._scheduler.schedules)

    def queues(self) -> list[QueueDepth]:
        """Return the template's queues with their depths."""
        sqs = self._services.sqs
        return [
            _depth(one.label, sqs.get_queue_attributes(QueueUrl=one.name, AttributeNames=["All"]))
            for one in self._services.provisioned
            if one.kind == "queue"
        ]

    def invalidations(self) -> list[Invalidation]:
        """Return the CDN invalidations, newest first."""
        return list(reversed(self._services.invalidations.done))

    def log(self, function: str = "", request_id: str = "", limit: int = 500) -> list[LogLine]:
        """Return the newest lines of the function log, oldest first."""
        found = self._services.log.lines(function=function or None, request_id=request_id or None)
        return list(found)[-limit:]

    def functions(self) -> list[str]:
        """Return the names of the functions that have logged lines."""
        return sorted({line.function for line in self._services.log.lines()})

    def resources(self) -> list[dict[str, str]]:
        """Return the provisioned resources."""
        return [
            {"kind": one.kind, "label": one.label, "stack": one.stack, "name": one.name}
            for one in self._services.provisioned
        ]

    def clock(self) -> dict[str, Any]:
        """Return the local cloud's time."""
        clock = self._services.clock
        return {"now": clock.now(), "offset_seconds": clock.offset_seconds}


def jsonable(value: Any) -> Any:
    """Return a view as a value that `json` can serialize."""
    match value:
        case list() | tuple():
            return [jsonable(item) for item in value]
        case dict():
            return {key: jsonable(item) for key, item in value.items()}
        case datetime():
            return value.astimezone(UTC).isoformat()
        case messages.Mail():
            return {**jsonable(asdict(value)), "links": list(value.links)}
        case messages.TextMessage() | ScheduleRow() | QueueDepth() | LogLine() | Invalidation():
            return jsonable(asdict(value))
        case tuple():
            return [jsonable(item) for item in value]
    return value


def _depth(label: str, answer: dict[str, Any]) -> QueueDepth:
    def number(name: str) -> int:
        return int(answer["Attributes"].get(f"ApproximateNumberOfMessages{name}", 0))

    return QueueDepth(label, number(""), number("NotVisible"), number("Delayed"))
