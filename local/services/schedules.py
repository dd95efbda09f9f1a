"""EventBridge Scheduler: the template's schedules run by the local cloud's clock.

The clock can be advanced. A schedule whose time lies in the skipped span then runs once, however
often it would have run.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.services import expressions
from local.services.targets import Targets
from local.template import Physical, Resource, Template
from local.template.specs import Rule, Schedule, Target

__all__ = ["ScheduleState", "Scheduler"]

_LOG = logging.getLogger(__name__)
_LONGEST_SLEEP = 1.0


@dataclass
class ScheduleState:
    """Schedule with its next and last run."""

    name: str
    expression: str
    timezone: str
    enabled: bool
    targets: tuple[Target, ...]
    owner: Resource
    timetable: expressions.Timetable
    next_run: datetime | None = None
    last_run: datetime | None = None


class Scheduler:
    """Scheduler of the template's schedules; `now` is the local cloud's advanced clock."""

    def __init__(
        self,
        template: Template,
        physical: Physical,
        targets: Targets,
        now: Callable[[], datetime],
    ) -> None:
        self._physical = physical
        self._targets = targets
        self._now = now
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self.schedules = {state.name: state for state in _read_schedules(template)}
        for state in self.schedules.values():
            for target in state.targets:
                targets.check(state.owner, target)
            if state.enabled:
                state.next_run = state.timetable.next(now())

    def start(self) -> None:
        """Start the scheduler's task."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop the scheduler's task."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def clock_changed(self) -> None:
        """Check for due schedules now."""
        self._wake.set()

    async def run_now(self, name: str) -> None:
        """Run a schedule at once; raise KeyError for an unknown name."""
        await self._run(self.schedules[name], self._now())

    async def _watch(self) -> None:
        while True:
            now = self._now()
            for state in self.schedules.values():
                if state.next_run is not None and state.next_run <= now:
                    due, state.next_run = state.next_run, state.timetable.next(now)
                    await self._run(state, due)
            try:
                await asyncio.wait_for(self._wake.wait(), _LONGEST_SLEEP)
            except TimeoutError:
                continue
            self._wake.clear()

    async def _run(self, state: ScheduleState, due: datetime) -> None:
        state.last_run = self._now()
        for target in state.targets:
            try:
                payload = self._payload(state, target, due)
                await self._targets.deliver(target, payload)
            except Exception:
                _LOG.exception("schedule %s could not run", state.name)

    def _payload(self, state: ScheduleState, target: Target, due: datetime) -> Any:
        moment = due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        execution = str(uuid.uuid4())
        arn = self._physical.arn("scheduler", f"schedule/default/{state.name}")
        event = {
            "version": "0",
            "id": execution,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": self._physical.account,
            "time": moment,
            "region": self._physical.region,
            "resources": [arn],
            "detail": {},
        }
        text = json.dumps(self._targets.input(state.owner, target, event))
        context = {
            "scheduled-time": moment,
            "schedule-arn": arn,
            "execution-id": execution,
            "attempt-number": "1",
        }
        for name, value in context.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return json.loads(text)


def _read_schedules(template: Template) -> list[ScheduleState]:
    """Return the template's schedules, and its rules with a schedule instead of a pattern."""
    found: list[tuple[Schedule | Rule, str, str, tuple[Target, ...]]] = [
        (schedule, schedule.expression, schedule.timezone, (schedule.target,))
        for schedule in template.schedules
    ]
    found += [
        (rule, rule.schedule, "UTC", rule.targets) for rule in template.rules if rule.schedule
    ]
    names = [spec.name for spec, *_ in found]
    return [
        ScheduleState(
            name=spec.name if names.count(spec.name) == 1 else f"{spec.resource.stack}-{spec.name}",
            expression=expression,
            timezone=timezone,
            enabled=spec.enabled,
            targets=targets,
            owner=spec.resource,
            timetable=expressions.parse(expression, timezone),
        )
        for spec, expression, timezone, targets in found
    ]
