"""Appearance of profile pages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from escorts.domain.appearance import Appearance, Layout, Theme
from kit.db import UnitOfWork


class Appearances:
    """Table `escorts.appearances`; a profile without a row has the platform defaults."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def get(self, profile_id: UUID) -> Appearance:
        """Return the appearance that the owner chose."""
        return self._fetch("escorts.appearances", profile_id)

    def get_public(self, profile_id: UUID) -> Appearance:
        """Return the appearance of a public profile, for `public_directory`, whose role sees no other profile."""
        return self._fetch("escorts.public_appearances_v1", profile_id)

    def save(self, profile_id: UUID, appearance: Appearance, at: datetime) -> None:
        """Save the appearance."""
        self._work.execute(
            """
            INSERT INTO escorts.appearances (profile_id, theme, layout, updated_at)
            VALUES (%(id)s, %(theme)s, %(layout)s, %(at)s)
            ON CONFLICT (profile_id) DO UPDATE
            SET theme = %(theme)s, layout = %(layout)s, updated_at = %(at)s
            """,
            {"id": profile_id, "theme": appearance.theme, "layout": appearance.layout, "at": at},
        )

    def _fetch(self, table: str, profile_id: UUID) -> Appearance:
        row: dict[str, Any] | None = self._work.execute(
            f"SELECT theme, layout FROM {table} WHERE profile_id = %s",  # noqa: S608 - ours
            (profile_id,),
        ).fetchone()
        return Appearance(Theme(row["theme"]), Layout(row["layout"])) if row else Appearance()
