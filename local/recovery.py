"""Report of a start after the last run was killed: recovered and lost state."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from local.services.emulator import Recovery
from local.services.provision import Provisioned

__all__ = ["lost_state", "recovery_report"]

_NEVER_RECOVERED = (
    "not recovered: running invocations (queues deliver their messages again), asynchronous"
    " invocations that had not started, open WebSocket connections"
)


def recovery_report(
    found: Recovery, provisioned: Iterable[Provisioned], known: Container[str], *, killed: bool
) -> Iterator[str]:
    """Yield the lines that report the recovered and lost state of the last run.

    `known` are the ids of the resources that earlier runs created.
    """
    if killed:
        yield "the last run was killed; this start recovered its state:"
        yield "  recovered: every transaction that PostgreSQL acknowledged"
        if found.replayed:
            yield f"  recovered: DynamoDB writes from the journal: {_counts(found.replayed)}"
        yield f"  {_NEVER_RECOVERED}"
    recreated = [(one.kind, one.label) for one in provisioned if one.created and one.id in known]
    for line in lost_state(found.lost, recreated):
        yield f"  LOST: {line}"


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
