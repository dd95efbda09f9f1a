"""What clients keep. Whom of it they may see is never answered here: that is the gate's."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from escorts.domain.profiles import PublicProfile
from escorts.domain.saved_items import Favourite, SavedSearch
from escorts.repository.mappers import to_public
from kit.db import UnitOfWork

_SEARCH = """
SELECT id, name, query, zone, mail_consent_at, created_at, updated_at FROM escorts.saved_searches
"""


class Keepsakes:
    """The rows of one person; every statement says whose."""

    def __init__(self, work: UnitOfWork, user_id: UUID) -> None:
        self._work = work
        self._user_id = user_id

    def hold(self) -> bool:
        """Wait for others who change what this person keeps; tell whether the account is open.

        Whoever closes the account waits here too, so that nothing is kept for somebody who left.
        """
        hold(self._work, self._user_id)
        row = self._work.execute(
            "SELECT FROM auth.accounts_v1 WHERE user_id = %s AND status = 'active'",
            (self._user_id,),
        ).fetchone()
        return row is not None

    def favourites(self) -> list[Favourite]:
        """Return all favourites, the newest first, whoever may see them."""
        rows = self._work.execute(
            """
            SELECT profile_id, added_at FROM escorts.favourites WHERE user_id = %s
            ORDER BY added_at DESC, profile_id DESC
            """,
            (self._user_id,),
        )
        return [Favourite(**row) for row in rows]

    def kept_among(self, profile_ids: Collection[UUID]) -> set[UUID]:
        """Return which of these are favourites."""
        rows = self._work.execute(
            "SELECT profile_id FROM escorts.favourites WHERE user_id = %s AND profile_id = ANY(%s)",
            (self._user_id, list(profile_ids)),
        )
        return {row["profile_id"] for row in rows}

    def add_favourite(self, profile_id: UUID, now: datetime) -> None:
        """Keep a profile; it must be one."""
        self._work.execute(
            """
            INSERT INTO escorts.favourites (user_id, profile_id, added_at) VALUES (%s, %s, %s)
            """,
            (self._user_id, profile_id, now),
        )

    def remove_favourite(self, profile_id: UUID) -> bool:
        """Keep it no longer; tell whether it was kept."""
        removed = self._work.execute(
            "DELETE FROM escorts.favourites WHERE user_id = %s AND profile_id = %s",
            (self._user_id, profile_id),
        )
        return removed.rowcount > 0

    def searches(self) -> list[SavedSearch]:
        """Return the saved searches, the oldest first."""
        rows = self._work.execute(
            f"{_SEARCH} WHERE user_id = %s ORDER BY created_at, id", (self._user_id,)
        )
        return [SavedSearch(**row) for row in rows]

    def search(self, search_id: UUID) -> SavedSearch | None:
        """Return a saved search of theirs; nobody else changes it until we are done."""
        row = self._work.execute(
            f"{_SEARCH} WHERE user_id = %s AND id = %s FOR NO KEY UPDATE",
            (self._user_id, search_id),
        ).fetchone()
        return SavedSearch(**row) if row else None

    def add_search(self, search: SavedSearch, *, stop_token: str, due: datetime) -> None:
        """Keep a search."""
        self._work.execute(
            """
            INSERT INTO escorts.saved_searches (id, user_id, name, query, zone, mail_consent_at,
                stop_token, since, due_at, created_at, updated_at)
            VALUES (%(id)s, %(user_id)s, %(name)s, %(query)s, %(zone)s, %(mail_consent_at)s,
                %(stop_token)s, %(created_at)s, %(due)s, %(created_at)s, %(updated_at)s)
            """,
            {**self._row(search), "stop_token": stop_token, "due": due},
        )

    def change_search(self, search: SavedSearch) -> None:
        """Store another name, other parameters, another wish."""
        self._work.execute(
            """
            UPDATE escorts.saved_searches SET name = %(name)s, query = %(query)s, zone = %(zone)s,
                mail_consent_at = %(mail_consent_at)s, updated_at = %(updated_at)s
            WHERE id = %(id)s AND user_id = %(user_id)s
            """,
            self._row(search),
        )

    def begin_anew(self, search_id: UUID, *, since: datetime, due: datetime) -> None:
        """Count who arrives from now on, and forget who was told of before."""
        self._work.execute(
            """
            UPDATE escorts.saved_searches SET since = %s, due_at = %s WHERE id = %s AND user_id = %s
            """,
            (since, due, search_id, self._user_id),
        )
        self._work.execute(
            "DELETE FROM escorts.saved_search_matches WHERE saved_search_id = %s", (search_id,)
        )

    def remove_search(self, search_id: UUID) -> bool:
        """Forget a search and what it found; tell whether it was there."""
        removed = self._work.execute(
            "DELETE FROM escorts.saved_searches WHERE user_id = %s AND id = %s",
            (self._user_id, search_id),
        )
        return removed.rowcount > 0

    def last_told(self) -> dict[UUID, tuple[datetime, list[UUID]]]:
        """Return, for each search that ever found somebody, when it last did and whom."""
        rows = self._work.execute(
            """
            SELECT DISTINCT ON (s.id) s.id, m.matched_at,
                array_agg(m.profile_id ORDER BY m.profile_id DESC) AS profile_ids
            FROM escorts.saved_searches s
            JOIN escorts.saved_search_matches m ON m.saved_search_id = s.id
            WHERE s.user_id = %s
            GROUP BY s.id, m.event_id, m.matched_at ORDER BY s.id, m.matched_at DESC
            """,
            (self._user_id,),
        )
        return {row["id"]: (row["matched_at"], row["profile_ids"]) for row in rows}

    def zone(self) -> str | None:
        """Return the zone that the person chose, if they ever did."""
        row = self._work.execute(
            "SELECT time_zone FROM auth.time_zones_v1 WHERE user_id = %s", (self._user_id,)
        ).fetchone()
        return row["time_zone"] if row else None

    def _row(self, search: SavedSearch) -> Mapping[str, Any]:
        return {
            "id": search.id,
            "user_id": self._user_id,
            "name": search.name,
            "query": json.dumps(search.query),
            "zone": search.zone,
            "mail_consent_at": search.mail_consent_at,
            "created_at": search.created_at,
            "updated_at": search.updated_at,
        }


def hold(work: UnitOfWork, user_id: UUID) -> None:
    """Let nobody else change what this person keeps until the transaction ends."""
    work.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('escorts.saved ' || %s, 0))", (str(user_id),)
    )


def forget_person(work: UnitOfWork, user_id: UUID) -> None:
    """Delete everything that somebody kept, and their own profile from what others keep."""
    hold(work, user_id)
    work.execute("DELETE FROM escorts.saved_searches WHERE user_id = %s", (user_id,))
    work.execute(
        """
        DELETE FROM escorts.favourites WHERE user_id = %(user)s
            OR profile_id IN (SELECT id FROM escorts.profiles WHERE user_id = %(user)s)
        """,
        {"user": user_id},
    )


def stop_mails(work: UnitOfWork, stop_token: str, now: datetime) -> bool:
    """Take the wish for mails back; tell whether the token is any search's."""
    stopped = work.execute(
        """
        UPDATE escorts.saved_searches
        SET mail_consent_at = NULL,
            updated_at = CASE WHEN mail_consent_at IS NULL THEN updated_at ELSE %s END
        WHERE stop_token = %s
        """,
        (now, stop_token),
    )
    return stopped.rowcount > 0


def public_among(
    work: UnitOfWork, profile_ids: Sequence[UUID], limit: int | None = None
) -> list[PublicProfile]:
    """Return up to `limit` of these that are public, in this order; only within the public's role."""
    rows = work.execute(
        """
        SELECT g.* FROM unnest(%s::uuid[]) WITH ORDINALITY AS wanted (id, place)
        JOIN escorts.public_profiles_v1 g ON g.id = wanted.id ORDER BY wanted.place LIMIT %s
        """,
        (list(profile_ids), limit),
    )
    return [to_public(row) for row in rows]


def count_public(work: UnitOfWork, profile_ids: Sequence[UUID]) -> int:
    """Return how many of these are public; only within the public's role."""
    row = work.execute(
        "SELECT count(*) AS profiles FROM escorts.public_profiles_v1 WHERE id = ANY(%s)",
        (list(profile_ids),),
    ).fetchone()
    return row["profiles"] if row else 0
