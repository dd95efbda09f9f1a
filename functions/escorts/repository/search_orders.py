"""Sort orders of the result list as SQL: the parts of the list, and the sort key of a row."""

# ruff: noqa: S608 - statements are put together from parts of ours; every value is a parameter

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from escorts.domain.ranking import TIERS, daily_offset, daily_ranges
from escorts.domain.search import Criteria, ListPosition, Sort

_NIL_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Segment:
    """Part of the result list, starting after the position `after`."""

    part: int
    after: ListPosition | None = None


class Order(Protocol):
    """Sort order of the result list."""

    parameters: dict[str, Any]
    part: str
    key: str
    order_by: str
    outer_order_by: str
    scans_all_segments: bool
    """Whether one statement may scan several segments."""

    def segments(self, after: ListPosition | None) -> list[Segment]:
        """Return the segments of the list that remain after a position."""

    def scan_statement(
        self, column: str, keys: str, filters: str, segments: Sequence[Segment]
    ) -> tuple[str, dict[str, Any]]:
        """Return the statement that scans the segments, up to `%(limit)s` rows."""

    def after_condition(self, position: ListPosition | None) -> tuple[str, dict[str, Any]]:
        """Return the condition that a row lies after a position."""


class RankingOrder:
    """Default ranking: tier by tier, each tier rotated to start at the daily offset."""

    scans_all_segments = True
    part = f"(({len(TIERS) - 1} - s.tier) * 2 + (s.slot_position < %(offset)s)::integer)"
    key = "s.slot_position"
    order_by = "part, s.slot_position, s.profile_id"
    outer_order_by = "c.part, c.sorted, c.profile_id"

    def __init__(self, day: int) -> None:
        self._ranges = daily_ranges(day)
        self.parameters: dict[str, Any] = {"offset": daily_offset(day)}

    def segments(self, after: ListPosition | None) -> list[Segment]:
        """Return the ranges of the day's list that remain after a position."""
        if after is None:
            return [Segment(item.part) for item in self._ranges]
        later = [Segment(item.part) for item in self._ranges if item.part > after.part]
        return [Segment(after.part, after), *later]

    def scan_statement(
        self, column: str, keys: str, filters: str, segments: Sequence[Segment]
    ) -> tuple[str, dict[str, Any]]:
        """Return the statement: one index range for each key of the scope and each segment."""
        chosen = [self._ranges[item.part] for item in segments]
        sql = f"""
            SELECT c.profile_id, c.city, segment.part, c.slot_position::text AS key,
                c.slot_position AS sorted
            FROM unnest({keys}) AS scope (key)
            CROSS JOIN unnest(%(parts)s::integer[], %(tiers)s::smallint[], %(lows)s::integer[],
                %(ids)s::uuid[], %(highs)s::integer[]) AS segment (part, tier, low, low_id, high)
            CROSS JOIN LATERAL (
                SELECT s.profile_id, s.city, s.slot_position FROM escorts.profile_search s
                WHERE s.{column} = scope.key AND s.tier = segment.tier
                    AND s.slot_position < segment.high
                    AND (s.slot_position, s.profile_id) > (segment.low, segment.low_id)
                    AND {filters}
                ORDER BY s.slot_position, s.profile_id LIMIT %(limit)s) c
            ORDER BY segment.part, c.slot_position, c.profile_id LIMIT %(limit)s"""
        return sql, {
            "parts": [item.part for item in chosen],
            "tiers": [item.tier for item in chosen],
            "highs": [item.high for item in chosen],
            "lows": [
                int(segment.after.key) if segment.after else item.low
                for segment, item in zip(segments, chosen, strict=True)
            ],
            "ids": [segment.after.id if segment.after else _NIL_ID for segment in segments],
        }

    def after_condition(self, position: ListPosition | None) -> tuple[str, dict[str, Any]]:
        """Return the condition that a row lies after a position."""
        if position is None:
            return "true", {}
        row = f"({self.part}, s.slot_position, s.profile_id)"
        return (
            f"{row} > (%(after_part)s, %(after_key)s, %(after_id)s)",
            {"after_part": position.part, "after_key": int(position.key), "after_id": position.id},
        )


@dataclass(frozen=True, slots=True)
class _Column:
    key: str
    type: str
    has_key: str | None = None
    """Condition under which a row has a sort key; rows without one are last in both directions."""


_COLUMNS = {
    Sort.RATING: _Column("s.rating", "numeric", "s.rating IS NOT NULL"),
    Sort.PRICE: _Column("s.price_from", "integer", "s.currency = %(currency)s"),
    Sort.NAME: _Column("s.name_normalized", "text"),
    Sort.CREATED_AT: _Column("s.created_at", "timestamptz"),
}


class ColumnOrder:
    """Order by one column, then by id, ascending or descending; rows without a value are last."""

    scans_all_segments = False

    def __init__(self, sort: Sort, *, descending: bool) -> None:
        column = _COLUMNS[sort]
        self._column = column
        self._comparator, direction = ("<", " DESC") if descending else (">", "")
        has_key = column.has_key or "true"
        self.parameters: dict[str, Any] = {}
        self.part = f"CASE WHEN {has_key} THEN 0 ELSE 1 END"
        self.key = f"CASE WHEN {has_key} THEN {column.key} END" if column.has_key else column.key
        self.order_by = f"part, sorted{direction}, s.profile_id{direction}"
        self.outer_order_by = f"c.part, c.sorted{direction}, c.profile_id{direction}"
        self._direction = direction

    def segments(self, after: ListPosition | None) -> list[Segment]:
        """Return the remaining segments: rows with a value, then rows without."""
        parts = range(2 if self._column.has_key else 1)
        if after is None:
            return [Segment(part) for part in parts]
        return [
            Segment(part, after if part == after.part else None)
            for part in parts
            if part >= after.part
        ]

    def scan_statement(
        self, column: str, keys: str, filters: str, segments: Sequence[Segment]
    ) -> tuple[str, dict[str, Any]]:
        """Return the statement: one range of the column's index for each key of the scope."""
        (segment,) = segments
        after, parameters = self._after_in_segment(segment)
        has_key, key, direction = self._column.has_key or "true", self._column.key, self._direction
        order = f"{key}{direction}, s.profile_id{direction}"
        if segment.part:
            has_key, key = f"({has_key}) IS NOT TRUE", f"NULL::{self._column.type}"
            order = f"s.profile_id{direction}"
        sql = f"""
            SELECT c.profile_id, c.city, {segment.part} AS part, c.sorted::text AS key, c.sorted
            FROM unnest({keys}) AS scope (key)
            CROSS JOIN LATERAL (
                SELECT s.profile_id, s.city, {key} AS sorted FROM escorts.profile_search s
                WHERE s.{column} = scope.key AND {has_key} AND {after} AND {filters}
                ORDER BY {order} LIMIT %(limit)s) c
            ORDER BY c.sorted{direction}, c.profile_id{direction} LIMIT %(limit)s"""
        return sql, parameters

    def after_condition(self, position: ListPosition | None) -> tuple[str, dict[str, Any]]:
        """Return the condition that a row lies after a position."""
        if position is None:
            return "true", {}
        after, parameters = self._after_in_segment(Segment(position.part, position))
        condition = f"({self.part} > %(after_part)s OR {self.part} = %(after_part)s AND {after})"
        return condition, parameters | {"after_part": position.part}

    def _after_in_segment(self, segment: Segment) -> tuple[str, dict[str, Any]]:
        after = segment.after
        if after is None:
            return "true", {}
        parameters = {"after_key": after.key, "after_id": after.id}
        if segment.part:
            return f"s.profile_id {self._comparator} %(after_id)s", parameters
        row, last = f"({self._column.key}, s.profile_id)", f"%(after_key)s::{self._column.type}"
        return f"{row} {self._comparator} ({last}, %(after_id)s)", parameters


def order_for(criteria: Criteria, day: int) -> Order:
    """Return the sort order of a search on a day."""
    if criteria.sort is Sort.RELEVANCE:
        return RankingOrder(day)
    return ColumnOrder(criteria.sort, descending=criteria.descending)
