"""What a start says after the last run was killed: what came back, and what could not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.cloud import Cloud

__all__ = ["lost_state", "report_recovery"]

_NEVER_KEPT = (
    "not kept: invocations under way (queues deliver their messages again), asynchronous"
    " invocations not yet begun, open WebSocket connections"
)


def report_recovery(cloud: Cloud, *, killed: bool) -> None:
    """Print what the last run left behind and remember what exists now."""
    known = cloud.folder.known_resources()
    recreated = [
        (one.kind, one.label) for one in cloud.provisioned if one.created and one.id in known
    ]
    found = cloud.emulator.recovery()
    if killed:
        cloud.progress.print_line("the last run was killed; this start repaired what it left:")
        cloud.progress.print_line("  kept: everything PostgreSQL acknowledged")
        if found.replayed:
            cloud.progress.print_line(
                f"  kept: DynamoDB writes from the journal: {_counts(found.replayed)}"
            )
        cloud.progress.print_line(f"  {_NEVER_KEPT}")
    for line in lost_state(found.lost, recreated):
        cloud.progress.print_line(f"  LOST: {line}")
    cloud.folder.record_resources(one.id for one in cloud.provisioned)


def lost_state(lost: Mapping[str, int], recreated: list[tuple[str, str]]) -> list[str]:
    """Name each piece of AWS state that did not come back, and what that means."""
    lines = [f"{count} DynamoDB writes to {table}" for table, count in sorted(lost.items())]
    return lines + [f"{kind} {label}: {_MEANING[kind]}" for kind, label in recreated]


_MEANING = {
    "table": "created anew and empty; whoever had a session signs in again",
    "queue": "created anew; messages that waited in it are gone",
    "bucket": "created anew and empty",
    "secret": "created anew with another value",
    "key": "created anew; what it encrypted cannot be read again, so run `make clean-data`",
}


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{table} {count}" for table, count in sorted(found.items()))
