"""Exhaustive model of concurrent transactions on the bookings of one provider.

Transactions take their steps one by one, in any order, as READ COMMITTED allows: the provider's
lock, reading, writing rows (a row that another transaction is writing blocks, and is read again),
the constraint check after the write, commit, sending the events. Each may crash between any two
steps. The deposit may become overdue at any time. Nothing here is imported from the code: the rules
are written a second time, small enough for an exhaustive search.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

HOLDING_STATES = frozenset({"accepted", "confirmed"})
type Rows = tuple[str, ...]
type Write = tuple[int, str, str]
"""Row, the state it must be in, the state it gets."""


@dataclass(frozen=True)
class Program:
    """A transaction: one transition of a booking, and optionally a new booking that replaces it."""

    name: str
    row: int
    moves: Mapping[str, str]
    when_due: bool = False
    """A timer: runs only once the deposit is overdue."""
    begins: int | None = None
    """Row of the booking that replaces this one."""


@dataclass(frozen=True)
class Protections:
    """Protections of the bookings; the real system has all of them."""

    lock: bool = True
    constraint: bool = True
    checks_before_write: bool = False
    """Check for a free slot before writing, as a naive program does."""
    relay: bool = True
    sends_after_commit: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """Progress of one transaction."""

    at: str = "lock"
    plan: tuple[Write, ...] = ()
    written: int = 0

    @property
    def pending(self) -> tuple[Write, ...]:
        """Writes that are not visible to other transactions yet."""
        return self.plan[: self.written]


@dataclass(frozen=True, slots=True)
class World:
    """State of rows, transactions and events at one time."""

    rows: Rows
    runs: tuple[Run, ...]
    due: bool = False
    crashes: int = 1
    log: frozenset[tuple[int, str]] = frozenset()
    unsent: frozenset[tuple[int, str]] = frozenset()
    delivered: frozenset[tuple[int, str]] = frozenset()


@dataclass
class Findings:
    """Results of an exhaustive search."""

    worlds: int = 0
    overlaps: int = 0
    deadlocks: int = 0
    lost_events: int = 0
    untrue_events: int = 0
    ends: set[Rows] = field(default_factory=set)


@dataclass(frozen=True)
class Model:
    """Programs over rows that all overlap one another, with the given protections."""

    programs: tuple[Program, ...]
    protections: Protections
    rows: Rows
    apart: frozenset[int] = frozenset()
    """Rows on another day, which overlap with none."""

    def explore(self) -> Findings:
        """Visit every reachable world."""
        first = World(self.rows, tuple(Run() for _ in self.programs))
        found, seen, todo = Findings(), {first}, [first]
        while todo:
            world = todo.pop()
            found.worlds += 1
            self._check_invariants(world, found)
            for after in self._after(world, found):
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        return found

    def _check_invariants(self, world: World, found: Findings) -> None:
        live = [
            row
            for row, state in enumerate(world.rows)
            if state in HOLDING_STATES and row not in self.apart
        ]
        found.overlaps += len(live) > 1
        found.untrue_events += not world.delivered <= world.log

    def _after(self, world: World, found: Findings) -> Iterator[World]:
        moves = [list(self._step(world, number)) for number in range(len(self.programs))]
        yield from (after for steps in moves for after in steps)
        waiting = [n for n, run in enumerate(world.runs) if run.at != "end" and not moves[n]]
        if not any(moves) and waiting:
            found.deadlocks += 1
            # PostgreSQL aborts one of the deadlocked transactions.
            yield from (self._ended(world, number) for number in waiting)
        if not any(moves) and not waiting:
            if self.protections.relay and world.unsent:
                yield replace(world, unsent=frozenset(), delivered=world.delivered | world.unsent)
            else:
                found.ends.add(world.rows)
                found.lost_events += not world.log <= world.delivered
        if not world.due:
            yield replace(world, due=True)
        if world.crashes:
            for number, run in enumerate(world.runs):
                if run.at != "end":
                    yield replace(self._ended(world, number), crashes=world.crashes - 1)

    def _step(self, world: World, number: int) -> Iterator[World]:
        run, program = world.runs[number], self.programs[number]
        match run.at:
            case "lock":
                if not (self.protections.lock and self._lock_is_taken(world)):
                    yield self._with(world, number, replace(run, at="read"))
            case "read":
                plan = self._plan(world, program)
                if plan:
                    yield self._with(world, number, Run("write", plan))
                else:
                    yield self._ended(world, number)
            case "write":
                yield from self._write(world, number)
            case "check":
                yield from self._check(world, number)
            case "commit":
                yield self._commit(world, number)
            case "send":
                yield self._send(self._ended(world, number), run)

    def _lock_is_taken(self, world: World) -> bool:
        return any(run.at in {"read", "write", "check", "commit"} for run in world.runs)

    def _plan(self, world: World, program: Program) -> tuple[Write, ...]:
        state = world.rows[program.row]
        if state not in program.moves or (program.when_due and not world.due):
            return ()
        target = program.moves[state]
        own = program.row if program.begins is None else program.begins
        rivals = [
            row
            for row, other in enumerate(world.rows)
            if row not in {own, program.row} | self.apart and other in HOLDING_STATES
        ]
        takes = (
            target in HOLDING_STATES and state not in HOLDING_STATES
        ) or program.begins is not None
        # A hold with an overdue deposit is expired by the transaction that takes its slot.
        stale = [row for row in rivals if world.due and world.rows[row] == "accepted"]
        if takes and self.protections.checks_before_write and set(rivals) - set(stale):
            return ()
        plan = [(row, "accepted", "expired") for row in stale if takes]
        plan.append((program.row, state, target))
        if program.begins is not None:
            plan.append((program.begins, "absent", "accepted"))
        return tuple(plan)

    def _write(self, world: World, number: int) -> Iterator[World]:
        run = world.runs[number]
        row, expected, _ = run.plan[run.written]
        others = (other for n, other in enumerate(world.runs) if n != number)
        if any(row == theirs for other in others for theirs, _, _ in other.pending):
            return
        if world.rows[row] != expected:
            yield self._ended(world, number)
            return
        done = run.written + 1
        at = "check" if done == len(run.plan) else "write"
        yield self._with(world, number, replace(run, written=done, at=at))

    def _check(self, world: World, number: int) -> Iterator[World]:
        run = world.runs[number]
        mine = {row: target for row, _, target in run.pending}
        taking = {row for row, target in mine.items() if target in HOLDING_STATES} - self.apart
        if self.protections.constraint and taking:
            others = [other for n, other in enumerate(world.runs) if n != number]
            rivals = set(range(len(world.rows))) - set(mine) - self.apart
            undecided = {row for other in others for row, _, _ in other.pending} & rivals
            undecided = {
                row
                for row in undecided
                if world.rows[row] in HOLDING_STATES
                or any(r == row and to in HOLDING_STATES for o in others for r, _, to in o.pending)
            }
            if any(world.rows[row] in HOLDING_STATES for row in rivals - undecided):
                yield self._ended(world, number)
                return
            if undecided:
                return
        after = self._with(world, number, replace(run, at="commit"))
        yield after if self.protections.sends_after_commit else self._send(after, run)

    def _commit(self, world: World, number: int) -> World:
        run = world.runs[number]
        rows = list(world.rows)
        for row, _, target in run.pending:
            rows[row] = target
        events = frozenset((row, target) for row, _, target in run.pending)
        after = self._with(world, number, Run("send", run.plan))
        return replace(
            after, rows=tuple(rows), log=world.log | events, unsent=world.unsent | events
        )

    def _send(self, world: World, run: Run) -> World:
        events = frozenset((row, target) for row, _, target in run.plan)
        return replace(world, unsent=world.unsent - events, delivered=world.delivered | events)

    def _ended(self, world: World, number: int) -> World:
        return self._with(world, number, Run("end"))

    def _with(self, world: World, number: int, run: Run) -> World:
        runs = (*world.runs[:number], run, *world.runs[number + 1 :])
        return replace(world, runs=runs)
