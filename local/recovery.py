"""Report of a start after the last run was killed: recovered and lost state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.cloud import Cloud

__all__ = ["lost_state", "report_recovery"]

_NEVER_RECOVERED = (
    "not recovered: running invocations (queues deliver their messages again), asynchronous"
    " invocations that had not started, open WebSocket connections"
)


def report_recovery(cloud: Cloud, *, killed: bool) -> None:
    """Print the recovered and lost state of the last run, and record the existing resources."""
    known = cloud.folder.known_resources()
    recreated = [
        (one.kind, one.label) for one in cloud.provisioned if one.created and one.id in known
    ]
    found = cloud.emulator.recovery()
    if killed:
        cloud.progress.print_line("the last run was killed; this start repaired what it left:")
        cloud.progress.print_line("  recovered: every transaction that PostgreSQL acknowledged")
        if found.replayed:
            cloud.progress.print_line(
                f"  recovered: DynamoDB writes from the journal: {_counts(found.replayed)}"
            )
        cloud.progress.print_line(f"  {_NEVER_RECOVERED}")
    for line in lost_state(found.lost, recreated):
        cloud.progress.print_line(f"  LOST: {line}")
    cloud.folder.record_resources(one.id for one in cloud.provisioned)


def lost_state(lost: Mapping[str, int], recreated: list[tuple[str, str]]) -> list[str]:
    """Return one line for each lost piece of AWS state, with the consequence."""
    lines = [f"{count} DynamoDB writes to {table}" for table, count in sorted(lost.items())]
    return lines + [f"{kind} {label}: {_MEANING[kind]}" for kind, label in recreated]


_MEANING = {
    "table": "created anew and empty; every session has ended, sign in again",
    "queue": "created anew; messages that waited in it are gone",
    "bucket": "created anew and empty",
    "secret": "created anew with another value",
    "key": "created anew; data encrypted with the old key is lost, so run `make clean-data`",
}


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{table} {count}" for table, count in sorted(found.items()))
