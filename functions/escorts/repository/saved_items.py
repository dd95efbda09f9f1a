"""Favourites and saved searches of clients.

Whether a saved profile may be shown is not decided here, but by `escorts.public_profiles_v1`.
"""

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
SELECT id, name, query, time_zone, mail_consent_at, created_at, updated_at FROM escorts.saved_searches
"""


class SavedItemsRepository:
    """Saved items of one client; every statement is limited to the client's rows."""

    def __init__(self, work: UnitOfWork, user_id: UUID) -> None:
        self._work = work
        self._user_id = user_id

    def lock(self) -> bool:
        """Lock the client's saved items; tell whether the account is active.

        Closing an account takes the same lock, so that nothing is saved for a closed account.
        """
        lock_saved_items(self._work, self._user_id)
        row = self._work.execute(
            "SELECT FROM auth.accounts_v1 WHERE user_id = %s AND status = 'active'",
            (self._user_id,),
        ).fetchone()
        return row is not None

    def list_favourites(self) -> list[Favourite]:
        """Return all favourites, newest first, including profiles that are not public."""
        rows = self._work.execute(
            """
            SELECT profile_id, added_at FROM escorts.favourites WHERE user_id = %s
            ORDER BY added_at DESC, profile_id DESC
            """,
            (self._user_id,),
        )
        return [Favourite(**row) for row in rows]

    def favourites_among(self, profile_ids: Collection[UUID]) -> set[UUID]:
        """Return the ids among `profile_ids` that are favourites."""
        rows = self._work.execute(
            "SELECT profile_id FROM escorts.favourites WHERE user_id = %s AND profile_id = ANY(%s)",
            (self._user_id, list(profile_ids)),
        )
        return {row["profile_id"] for row in rows}

    def add_favourite(self, profile_id: UUID, now: datetime) -> None:
        """Add an existing profile to the favourites."""
        self._work.execute(
            """
            INSERT INTO escorts.favourites (user_id, profile_id, added_at) VALUES (%s, %s, %s)
            """,
            (self._user_id, profile_id, now),
        )

    def delete_favourite(self, profile_id: UUID) -> bool:
        """Delete a favourite; tell whether it existed."""
        removed = self._work.execute(
            "DELETE FROM escorts.favourites WHERE user_id = %s AND profile_id = %s",
            (self._user_id, profile_id),
        )
        return removed.rowcount > 0

    def list_searches(self) -> list[SavedSearch]:
        """Return the saved searches, oldest first."""
        rows = self._work.execute(
            f"{_SEARCH} WHERE user_id = %s ORDER BY created_at, id", (self._user_id,)
        )
        return [SavedSearch(**row) for row in rows]

    def get_search_for_update(self, search_id: UUID) -> SavedSearch | None:
        """Return and lock one of the client's saved searches, or return None."""
        row = self._work.execute(
            f"{_SEARCH} WHERE user_id = %s AND id = %s FOR NO KEY UPDATE",
            (self._user_id, search_id),
        ).fetchone()
        return SavedSearch(**row) if row else None

    def add_search(self, search: SavedSearch, *, unsubscribe_token: str, due: datetime) -> None:
        """Insert a saved search."""
        self._work.execute(
            """
            INSERT INTO escorts.saved_searches (id, user_id, name, query, time_zone, mail_consent_at,
                unsubscribe_token, since, due_at, created_at, updated_at)
            VALUES (%(id)s, %(user_id)s, %(name)s, %(query)s, %(time_zone)s, %(mail_consent_at)s,
                %(unsubscribe_token)s, %(created_at)s, %(due)s, %(created_at)s, %(updated_at)s)
            """,
            {**self._row(search), "unsubscribe_token": unsubscribe_token, "due": due},
        )

    def update_search(self, search: SavedSearch) -> None:
        """Update the name, the query and the mail consent of a saved search."""
        self._work.execute(
            """
            UPDATE escorts.saved_searches SET name = %(name)s, query = %(query)s, time_zone = %(time_zone)s,
                mail_consent_at = %(mail_consent_at)s, updated_at = %(updated_at)s
            WHERE id = %(id)s AND user_id = %(user_id)s
            """,
            self._row(search),
        )

    def restart(self, search_id: UUID, *, since: datetime, due: datetime) -> None:
        """Count new listings from `since` on, and delete the previous matches."""
        self._work.execute(
            """
            UPDATE escorts.saved_searches SET since = %s, due_at = %s WHERE id = %s AND user_id = %s
            """,
            (since, due, search_id, self._user_id),
        )
        self._work.execute(
            "DELETE FROM escorts.saved_search_matches WHERE saved_search_id = %s", (search_id,)
        )

    def delete_search(self, search_id: UUID) -> bool:
        """Delete a saved search and its matches; tell whether it existed."""
        removed = self._work.execute(
            "DELETE FROM escorts.saved_searches WHERE user_id = %s AND id = %s",
            (self._user_id, search_id),
        )
        return removed.rowcount > 0

    def last_notified(self) -> dict[UUID, tuple[datetime, list[UUID]]]:
        """Return the time and the profiles of the last matches of each search that had any."""
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

    def time_zone(self) -> str | None:
        """Return the time zone that the client chose, or None."""
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
            "time_zone": search.time_zone,
            "mail_consent_at": search.mail_consent_at,
            "created_at": search.created_at,
            "updated_at": search.updated_at,
        }


def lock_saved_items(work: UnitOfWork, user_id: UUID) -> None:
    """Take the advisory lock on a client's saved items until the transaction ends."""
    work.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('escorts.saved ' || %s, 0))", (str(user_id),)
    )


def delete_saved_items(work: UnitOfWork, user_id: UUID) -> None:
    """Delete all saved items of an account, and its own profile from the favourites of others."""
    lock_saved_items(work, user_id)
    work.execute("DELETE FROM escorts.saved_searches WHERE user_id = %s", (user_id,))
    work.execute(
        """
        DELETE FROM escorts.favourites WHERE user_id = %(user)s
            OR profile_id IN (SELECT id FROM escorts.profiles WHERE user_id = %(user)s)
        """,
        {"user": user_id},
    )


def withdraw_mail_consent(work: UnitOfWork, unsubscribe_token: str, now: datetime) -> bool:
    """Withdraw the mail consent of the search with this token; tell whether it exists."""
    stopped = work.execute(
        """
        UPDATE escorts.saved_searches
        SET mail_consent_at = NULL,
            updated_at = CASE WHEN mail_consent_at IS NULL THEN updated_at ELSE %s END
        WHERE unsubscribe_token = %s
        """,
        (now, unsubscribe_token),
    )
    return stopped.rowcount > 0


def list_public(
    work: UnitOfWork, profile_ids: Sequence[UUID], limit: int | None = None
) -> list[PublicProfile]:
    """Return up to `limit` public profiles of these ids, in order; needs the role of the public."""
    rows = work.execute(
        """
        SELECT g.* FROM unnest(%s::uuid[]) WITH ORDINALITY AS requested (id, position)
        JOIN escorts.public_profiles_v1 g ON g.id = requested.id ORDER BY requested.position LIMIT %s
        """,
        (list(profile_ids), limit),
    )
    return [to_public(row) for row in rows]


def count_public(work: UnitOfWork, profile_ids: Sequence[UUID]) -> int:
    """Return the number of public profiles among these ids; needs the role of the public."""
    row = work.execute(
        "SELECT count(*) AS profiles FROM escorts.public_profiles_v1 WHERE id = ANY(%s)",
        (list(profile_ids),),
    ).fetchone()
    return row["profiles"] if row else 0
