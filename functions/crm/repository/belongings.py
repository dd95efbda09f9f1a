"""Everything that hangs on a client, table by table."""

from uuid import UUID

from psycopg.sql import SQL, Identifier, Literal

from kit.db import UnitOfWork

SEALED_TABLES = (
    "screenings",
    "client_references",
    "visits",
    "communications",
    "area_notifications",
    "tasks",
    "merges",
)
"""Those with a document under the client's key, bound to the table's name. A test compares them with the schema."""


def count_belongings(work: UnitOfWork, provider_id: UUID, client_id: UUID) -> dict[str, int]:
    """Return how many rows of each table are about a client."""
    counted = SQL(" UNION ALL ").join(
        SQL(
            "SELECT {} AS name, count(*) AS number FROM {}"
            " WHERE provider_id = %(provider_id)s AND client_id = %(client_id)s"
        ).format(Literal(table), Identifier("crm", table))
        for table in SEALED_TABLES
    )
    rows = work.execute(counted, {"provider_id": provider_id, "client_id": client_id}).fetchall()
    return {row["name"]: row["number"] for row in rows if row["number"]}
