"""The orders of the list as SQL: which parts it has, and what a row's key is there."""

# ruff: noqa: S608 - statements are put together from parts of ours; every value is a parameter

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from escorts.domain.ranking import TIERS, arcs, offset
from escorts.domain.search import Criteria, Position, Sort

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the list from behind `after` on."""

    part: int
    after: Position | None = None


class Order(Protocol):
    """One order of the list."""

    parameters: dict[str, Any]
    part: str
    key: str
    inner: str
    outer: str
    together: bool
    """Whether one statement may walk several segments."""

    def segments(self, after: Position | None) -> list[Segment]:
        """Return the parts of the list that are left behind a position."""

    def walk(
        self, column: str, keys: str, filters: str, segments: Sequence[Segment]
    ) -> tuple[str, dict[str, Any]]:
        """Return the statement that walks the segments, `%(reach)s` rows at most."""

    def after(self, position: Position | None) -> tuple[str, dict[str, Any]]:
        """Return the condition of lying behind a position."""


class Turns:
    """The ranking: tier by tier, each from the day's place on the circle round to it again."""

    together = True
    part = f"(({len(TIERS) - 1} - s.tier) * 2 + (s.seed < %(offset)s)::integer)"
    key = "s.seed"
    inner = "part, s.seed, s.profile_id"
    outer = "c.part, c.sorted, c.profile_id"

    def __init__(self, day: int) -> None:
        self._arcs = arcs(day)
        self.parameters: dict[str, Any] = {"offset": offset(day)}

    def segments(self, after: Position | None) -> list[Segment]:
        """Return the arcs that are left."""
        if after is None:
            return [Segment(arc.part) for arc in self._arcs]
        later = [Segment(arc.part) for arc in self._arcs if arc.part > after.part]
        return [Segment(after.part, after), *later]

    def walk(
        self, column: str, keys: str, filters: str, segments: Sequence[Segment]
    ) -> tuple[str, dict[str, Any]]:
        """Return the statement: for every place and arc, a range of the index."""
        chosen = [self._arcs[item.part] for item in segments]
        sql = f"""
            SELECT c.profile_id, c.city, arc.part, c.seed::text AS key, c.seed AS sorted
            FROM unnest({keys}) AS place (key)
            CROSS JOIN unnest(%(parts)s::integer[], %(tiers)s::smallint[], %(lows)s::integer[],
                %(ids)s::uuid[], %(highs)s::integer[]) AS arc (part, tier, low, low_id, high)
            CROSS JOIN LATERAL (
                SELECT s.profile_id, s.city, s.seed FROM escorts.profile_search s
                WHERE s.{column} = place.key AND s.tier = arc.tier AND s.seed < arc.high
                    AND (s.seed, s.profile_id) > (arc.low, arc.low_id) AND {filters}
                ORDER BY s.seed, s.profile_id LIMIT %(reach)s) c
            ORDER BY arc.part, c.seed, c.profile_id LIMIT %(reach)s"""
        return sql, {
            "parts": [arc.part for arc in chosen],
            "tiers": [arc.tier for arc in chosen],
            "highs": [arc.high for arc in chosen],
            "lows": [
                int(item.after.key) if item.after else arc.low
                for item, arc in zip(segments, chosen, strict=True)
            ],
            "ids": [item.after.id if item.after else _NOBODY for item in segments],
        }

    def after(self, position: Position | None) -> tuple[str, dict[str, Any]]:
        """Return the condition of lying behind a position."""
        if position is None:
            return "true", {}
        return (
            f"({self.part}, s.seed, s.profile_id) > (%(after_part)s, %(after_key)s, %(after_id)s)",
            {"after_part": position.part, "after_key": int(position.key), "after_id": position.id},
        )


@dataclass(frozen=True, slots=True)
class _Column:
    key: str
    kind: str
    known: str | None = None
    """The condition under which there is a key; others come last, whichever way it is sorted."""


_COLUMNS = {
    Sort.RATING: _Column("s.rating", "numeric", "s.rating IS NOT NULL"),
    Sort.PRICE: _Column("s.price_from", "integer", "s.currency = %(currency)s"),
    Sort.NAME: _Column("s.name_folded", "text"),
    Sort.CREATED_AT: _Column("s.created_at", "timestamptz"),
}


class Sorted:
    """Up or down by one column, then by id; rows without a value stand behind all others."""

    together = False

    def __init__(self, sort: Sort, *, descending: bool) -> None:
        column = _COLUMNS[sort]
        self._column = column
        self._behind, way = ("<", " DESC") if descending else (">", "")
        known = column.known or "true"
        self.parameters: dict[str, Any] = {}
        self.part = f"CASE WHEN {known} THEN 0 ELSE 1 END"
        self.key = f"CASE WHEN {known} THEN {column.key} END" if column.known else column.key
        self.inner = f"part, sorted{way}, s.profile_id{way}"
        self.outer = f"c.part, c.sorted{way}, c.profile_id{way}"
        self._way = way

    def segments(self, after: Position | None) -> list[Segment]:
        """Return those with a value, then those without, as far as they are left."""
        parts = range(2 if self._column.known else 1)
        if after is None:
            return [Segment(part) for part in parts]
        return [
            Segment(part, after if part == after.part else None)
            for part in parts
            if part >= after.part
        ]

    def walk(
        self, column: str, keys: str, filters: str, segments: Sequence[Segment]
    ) -> tuple[str, dict[str, Any]]:
        """Return the statement: for every place, a range of the column's index."""
        (segment,) = segments
        behind, parameters = self._behind_in(segment)
        known, key, way = self._column.known or "true", self._column.key, self._way
        order = f"{key}{way}, s.profile_id{way}"
        if segment.part:
            known, key = f"({known}) IS NOT TRUE", f"NULL::{self._column.kind}"
            order = f"s.profile_id{way}"
        sql = f"""
            SELECT c.profile_id, c.city, {segment.part} AS part, c.sorted::text AS key, c.sorted
            FROM unnest({keys}) AS place (key)
            CROSS JOIN LATERAL (
                SELECT s.profile_id, s.city, {key} AS sorted FROM escorts.profile_search s
                WHERE s.{column} = place.key AND {known} AND {behind} AND {filters}
                ORDER BY {order} LIMIT %(reach)s) c
            ORDER BY c.sorted{way}, c.profile_id{way} LIMIT %(reach)s"""
        return sql, parameters

    def after(self, position: Position | None) -> tuple[str, dict[str, Any]]:
        """Return the condition of lying behind a position."""
        if position is None:
            return "true", {}
        behind, parameters = self._behind_in(Segment(position.part, position))
        condition = f"({self.part} > %(after_part)s OR {self.part} = %(after_part)s AND {behind})"
        return condition, parameters | {"after_part": position.part}

    def _behind_in(self, segment: Segment) -> tuple[str, dict[str, Any]]:
        after = segment.after
        if after is None:
            return "true", {}
        parameters = {"after_key": after.key, "after_id": after.id}
        if segment.part:
            return f"s.profile_id {self._behind} %(after_id)s", parameters
        row, last = f"({self._column.key}, s.profile_id)", f"%(after_key)s::{self._column.kind}"
        return f"{row} {self._behind} ({last}, %(after_id)s)", parameters


def order_of(criteria: Criteria, day: int) -> Order:
    """Return the order that a search asks for."""
    if criteria.sort is Sort.RELEVANCE:
        return Turns(day)
    return Sorted(criteria.sort, descending=criteria.descending)
