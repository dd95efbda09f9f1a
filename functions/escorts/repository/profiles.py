"""Profiles with all fields, for owners and staff."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from escorts.domain.blocked_terms import BlockedTerm, TermAction
from escorts.domain.profiles import Consent, Content, NewProfile, Profile
from escorts.domain.publication import PublicationState
from escorts.repository.mappers import to_profile
from escorts.repository.search_index import refresh_search
from escorts.repository.text_moderation import TextReviews
from kit.db import UnitOfWork

_CONTENT = (
    "name", "city", "bio", "height_cm", "weight_kg", "measurements", "hair_color", "eye_color",
    "ethnicity", "languages", "services",
)  # fmt: skip
_INSERT = f"""
INSERT INTO escorts.profiles (id, user_id, slug, {", ".join(_CONTENT)}, birth_date_sealed, age,
    age_checked_on, over18, over18_attested_at, created_at, updated_at)
VALUES (%(id)s, %(user_id)s, %(slug)s, {", ".join(f"%({name})s" for name in _CONTENT)},
    %(birth_date_sealed)s, %(age)s, %(checked_on)s, true, %(at)s, %(at)s, %(at)s)
ON CONFLICT (user_id) WHERE closed_at IS NULL DO NOTHING RETURNING id
"""  # noqa: S608 - column names of ours
_UPDATE = f"""
UPDATE escorts.profiles
SET slug = %(slug)s, {", ".join(f"{name} = %({name})s" for name in _CONTENT)},
    version = version + 1, updated_at = %(at)s
WHERE id = %(id)s
"""  # noqa: S608 - column names of ours
_RATES = """
INSERT INTO escorts.rates
    (profile_id, position, service, duration_minutes, amount, currency, venue)
SELECT %s, position, service, duration_minutes, amount, currency, venue
FROM jsonb_to_recordset(%s) AS item (position smallint, service text, duration_minutes integer,
    amount bigint, currency text, venue escorts.venue)
"""
_LOCATIONS = """
INSERT INTO escorts.locations (profile_id, position, place, latitude, longitude)
SELECT %s, position, place, latitude, longitude
FROM jsonb_to_recordset(%s)
    AS item (position smallint, place text, latitude numeric, longitude numeric)
"""
_AVAILABILITY = """
INSERT INTO escorts.availability (profile_id, weekday, starts, ends)
SELECT %s, weekday, starts, ends
FROM jsonb_to_recordset(%s) AS item (weekday smallint, starts time, ends time)
"""
# Latest action of staff on the visibility of a profile that the user has closed.
_LAST_STAFF_ACTION = """
SELECT l.action FROM escorts.audit_log l JOIN escorts.profiles p ON p.id = l.profile_id
WHERE p.user_id = %s AND p.closed_at IS NOT NULL
    AND l.action IN ('profile.suspend', 'profile.restore')
ORDER BY l.at DESC, l.id DESC LIMIT 1
"""
_RECORD_ACTIVITY = """
UPDATE escorts.activity SET last_active_at = %(at)s, warned_at = NULL
WHERE profile_id IN (
    SELECT a.profile_id FROM escorts.activity a
    WHERE a.profile_id = %(id)s
        AND (a.last_active_at < %(at)s - interval '1 hour' OR a.warned_at IS NOT NULL)
    FOR UPDATE SKIP LOCKED)
"""


class Profiles:
    """Tables around `escorts.profiles`. The row of a closed profile stays only as evidence."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def by_id(self, profile_id: UUID) -> Profile | None:
        """Return the profile in any state."""
        return self._fetch("id", profile_id)

    def by_slug(self, slug: str) -> Profile | None:
        """Return the profile at this slug in any state."""
        return self._fetch("slug", slug)

    def by_user(self, user_id: UUID) -> Profile | None:
        """Return the user's own profile."""
        return self._fetch("user_id", user_id)

    def get_for_update(self, profile_id: UUID) -> Profile | None:
        """Lock and return the profile."""
        self._work.execute(
            "SELECT FROM escorts.profiles WHERE id = %s FOR NO KEY UPDATE", (profile_id,)
        )
        return self.by_id(profile_id)

    def add(self, profile: NewProfile) -> bool:
        """Store a profile; tell whether its user had none yet."""
        row = {**_columns(profile.content), **asdict(profile)}
        if self._work.execute(_INSERT, row).fetchone() is None:
            return False
        self._add_parts(profile.id, profile.content)
        return True

    def save_content(self, profile_id: UUID, slug: str, content: Content, at: datetime) -> None:
        """Replace the owner's content and increase the version."""
        row = {**_columns(content), "id": profile_id, "slug": slug, "at": at}
        self._work.execute(_UPDATE, row)
        for table in ("rates", "locations", "availability"):
            self._work.execute(
                f"DELETE FROM escorts.{table} WHERE profile_id = %s",  # noqa: S608
                (profile_id,),
            )
        self._add_parts(profile_id, content)
        refresh_search(self._work, profile_id)

    def save_birth_date(self, profile_id: UUID, sealed: bytes, age: int, checked_on: date) -> None:
        """Replace the encrypted birth date and the age."""
        self._work.execute(
            """
            UPDATE escorts.profiles SET birth_date_sealed = %s, age = %s, age_checked_on = %s
            WHERE id = %s
            """,
            (sealed, age, checked_on, profile_id),
        )
        refresh_search(self._work, profile_id)

    def save_publication(
        self,
        profile_id: UUID,
        standing: PublicationState,
        consent: Consent | None,
        suspension_reason: str | None,
        at: datetime,
    ) -> None:
        """Save the publication state and increase the version."""
        self._work.execute(
            """
            UPDATE escorts.profiles
            SET status = %s, hidden = %s, suspended_from = %s, suspension_reason = %s,
                consent_version = %s, consent_at = %s, version = version + 1, updated_at = %s
            WHERE id = %s
            """,
            (
                standing.status,
                standing.hidden,
                standing.suspended_from,
                suspension_reason,
                consent.version if consent else None,
                consent.at if consent else None,
                at,
                profile_id,
            ),
        )
        refresh_search(self._work, profile_id)

    def claim_slug(self, slug: str, profile_id: UUID, at: datetime) -> bool:
        """Reserve the slug for good; tell whether it belongs to this profile now.

        The first insert wins: a second one waits here for the first one's commit.
        """
        self._work.execute(
            """
            INSERT INTO escorts.slugs (slug, profile_id, claimed_at) VALUES (%s, %s, %s)
            ON CONFLICT (slug) DO NOTHING
            """,
            (slug, profile_id, at),
        )
        return self.holds_slug(profile_id, slug)

    def holds_slug(self, profile_id: UUID, slug: str) -> bool:
        """Tell whether the slug is or was this profile's."""
        row = self._work.execute(
            "SELECT FROM escorts.slugs WHERE slug = %s AND profile_id = %s", (slug, profile_id)
        ).fetchone()
        return row is not None

    def list_slugs(self, profile_id: UUID) -> list[str]:
        """Return every slug of the profile, the newest first."""
        rows = self._work.execute(
            "SELECT slug FROM escorts.slugs WHERE profile_id = %s ORDER BY claimed_at DESC, slug",
            (profile_id,),
        )
        return [row["slug"] for row in rows]

    def record_activity(self, profile_id: UUID, at: datetime) -> None:
        """Record the owner's activity, to the hour, and by only one of several concurrent requests."""
        self._work.execute(_RECORD_ACTIVITY, {"id": profile_id, "at": at})

    def count_slugs(self, profile_id: UUID) -> int:
        """Return the number of the profile's slugs."""
        row = self._work.execute(
            "SELECT count(*) AS held FROM escorts.slugs WHERE profile_id = %s", (profile_id,)
        ).fetchone()
        return int(row["held"]) if row else 0

    def is_account_active(self, user_id: UUID) -> bool:
        """Tell whether the account of a profile is active, by the view of auth."""
        row = self._work.execute(
            "SELECT FROM auth.accounts_v1 WHERE user_id = %s AND status = 'active'", (user_id,)
        ).fetchone()
        return row is not None

    def current_consent(self) -> tuple[int, str] | None:
        """Return version and text of the statement in force."""
        row = self._work.execute(
            """
            SELECT version, body FROM escorts.consents WHERE effective_at <= app.now()
            ORDER BY version DESC LIMIT 1
            """
        ).fetchone()
        return (row["version"], row["body"]) if row else None

    def blocked_terms(self) -> list[BlockedTerm]:
        """Return the terms that texts are checked for."""
        rows = self._work.execute("SELECT term, reason, action FROM escorts.blocked_terms")
        return [BlockedTerm(r["term"], r["reason"], TermAction(r["action"])) for r in rows]

    @property
    def text_reviews(self) -> TextReviews:
        """Repository of text reviews on the same transaction."""
        return TextReviews(self._work)

    def was_closed_while_suspended(self, user_id: UUID) -> bool:
        """Tell from the audit log whether the user's last profile was closed while suspended."""
        row = self._work.execute(_LAST_STAFF_ACTION, (user_id,)).fetchone()
        return row is not None and row["action"] == "profile.suspend"

    def _add_parts(self, profile_id: UUID, content: Content) -> None:
        rates = (
            {
                "service": item.service,
                "duration_minutes": item.duration_minutes,
                "amount": item.price.minor_units,
                "currency": item.price.currency,
                "venue": item.venue,
            }
            for item in content.rates
        )
        rules = (
            {
                "weekday": item.weekday,
                "starts": item.start.isoformat("minutes"),
                "ends": item.end.isoformat("minutes"),
            }
            for item in content.availability
        )
        self._insert(_RATES, profile_id, rates)
        self._insert(_LOCATIONS, profile_id, (asdict(item) for item in content.locations))
        self._insert(_AVAILABILITY, profile_id, rules)

    def _insert(self, query: str, profile_id: UUID, items: Iterable[dict[str, Any]]) -> None:
        rows = [{"position": position, **item} for position, item in enumerate(items)]
        if rows:
            self._work.execute(query, (profile_id, json.dumps(rows)))

    def _fetch(self, column: str, key: UUID | str) -> Profile | None:
        row = self._work.execute(
            f"SELECT * FROM escorts.profile_records WHERE {column} = %s AND closed_at IS NULL",  # noqa: S608
            (key,),
        ).fetchone()
        return to_profile(row) if row else None


def _columns(content: Content) -> dict[str, Any]:
    return {
        "name": content.name,
        "city": content.city,
        "bio": content.bio,
        **asdict(content.attributes),
        "languages": list(content.languages),
        "services": list(content.services),
    }
