"""Saved searches and runs of their job, for tests."""

from typing import Any
from uuid import UUID

from kit.db import Database
from tests.factories.escorts import API
from tests.fixtures.functions import FunctionClient

SEARCHES = f"{API}/saved-searches"
JOB = {"job": "saved-searches"}


def create_saved_search(web: FunctionClient, *, mail: bool = True, **query: Any) -> str:
    """Create a saved search; return its id."""
    body = {"name": "Mine", "query": query, "mail": mail}
    answer = web.post(SEARCHES, json=body)
    assert answer.status == 201, answer.text
    found: str = answer.json["id"]
    return found


def make_due(database: Database) -> None:
    """Make every saved search due."""
    with database.transaction() as work:
        work.execute("UPDATE escorts.saved_searches SET due_at = app.now() - interval '1 minute'")


def run_saved_search_job(database: Database, scheduled: FunctionClient) -> int:
    """Make every saved search due and run the job; return the number of processed searches."""
    make_due(database)
    count: int = scheduled.invoke(JOB)["count"]
    return count


def matched_events(database: Database) -> list[dict[str, Any]]:
    """Return the SavedSearchMatched events, oldest first."""
    with database.transaction() as work:
        rows = work.execute(
            "SELECT envelope FROM outbox.messages WHERE type = 'SavedSearchMatched' ORDER BY id"
        )
        return [row["envelope"] for row in rows]


def make_preferences(database: Database, user_id: UUID, zone: str) -> None:
    """Store the time zone of an account."""
    with database.transaction() as work:
        work.execute(
            """
            INSERT INTO auth.preferences
                (user_id, language, time_zone, theme, new_device_mail, news_mail)
            VALUES (%s, 'en', %s, 'system', true, false)
            """,
            (user_id, zone),
        )
