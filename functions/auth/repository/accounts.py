"""Accounts and preferences in PostgreSQL."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from auth.domain.accounts import Account
from auth.domain.email import normalize_email
from auth.domain.preferences import ColourScheme, Preferences
from contracts.identity import Role, UserStatus
from kit.db import UnitOfWork

_COLUMNS = """
id, email, password_hash, role, status, email_verified_at, display_name, avatar_url, created_at,
updated_at
"""


class AccountRepository:
    """Repository of `auth.users` and `auth.preferences`; closed accounts are never returned."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def by_id(self, user_id: UUID) -> Account | None:
        """Return the account, unless it is closed."""
        return self._find_account("WHERE id = %s AND status <> 'closed'", user_id)

    def by_id_for_update(self, user_id: UUID) -> Account | None:
        """Return the account, locked against changes and logins until the transaction ends."""
        return self._find_account("WHERE id = %s AND status <> 'closed' FOR NO KEY UPDATE", user_id)

    def by_id_for_share(self, user_id: UUID) -> Account | None:
        """Return the account, locked against changes until the transaction ends."""
        return self._find_account("WHERE id = %s AND status <> 'closed' FOR SHARE", user_id)

    def by_email(self, address: str) -> Account | None:
        """Return the account with this e-mail address, ignoring case."""
        return self._find_account("WHERE email_normalized = %s", normalize_email(address))

    def by_slug(self, slug: str) -> Account | None:
        """Return the account whose profile has `slug`, according to the directory's view."""
        user = "(SELECT user_id FROM escorts.profile_slugs_v1 WHERE slug = %s)"
        return self._find_account(f"WHERE id = {user} AND status <> 'closed'", slug)

    def owns_slug(self, user_id: UUID, slug: str) -> bool:
        """Tell whether the account's own profile has `slug`, according to the directory's view."""
        row = self._work.execute(
            "SELECT FROM escorts.profile_slugs_v1 WHERE user_id = %s AND slug = %s",
            (user_id, slug),
        ).fetchone()
        return row is not None

    def add(self, account: Account, encrypted_personal_data: bytes | None) -> bool:
        """Insert the account; tell whether its e-mail address was still free."""
        row = {**asdict(account), "encrypted_personal_data": encrypted_personal_data}
        added = self._work.execute(
            """
            INSERT INTO auth.users (id, email, password_hash, role, status, email_verified_at,
                display_name, avatar_url, encrypted_personal_data, created_at, updated_at)
            VALUES (%(id)s, %(email)s, %(password_hash)s, %(role)s, %(status)s,
                %(email_verified_at)s, %(display_name)s, %(avatar_url)s, %(encrypted_personal_data)s,
                %(created_at)s, %(updated_at)s)
            ON CONFLICT (email_normalized) DO NOTHING RETURNING id
            """,
            row,
        )
        return added.fetchone() is not None

    def set_password(
        self, user_id: UUID, new_hash: str, now: datetime, *, expected_hash: str | None
    ) -> bool:
        """Replace the password hash; tell whether it still was `expected_hash`."""
        changed = self._work.execute(
            """
            UPDATE auth.users SET password_hash = %s, updated_at = %s
            WHERE id = %s AND password_hash IS NOT DISTINCT FROM %s
            """,
            (new_hash, now, user_id, expected_hash),
        )
        return changed.rowcount == 1

    def set_status(
        self, user_id: UUID, status: UserStatus, now: datetime, *, verified_at: datetime | None
    ) -> None:
        """Set the account's status, and since when its e-mail address is confirmed."""
        self._work.execute(
            """
            UPDATE auth.users SET status = %s, email_verified_at = %s, updated_at = %s
            WHERE id = %s
            """,
            (status, verified_at, now, user_id),
        )

    def set_details(
        self, account: Account, *, encrypted_personal_data: bytes | None, now: datetime
    ) -> None:
        """Save the details that the owner may change."""
        self._work.execute(
            """
            UPDATE auth.users
            SET display_name = %s, avatar_url = %s, encrypted_personal_data = %s, updated_at = %s
            WHERE id = %s
            """,
            (account.display_name, account.avatar_url, encrypted_personal_data, now, account.id),
        )

    def encrypted_personal_data(self, user_id: UUID) -> bytes | None:
        """Return the account's encrypted personal data, or None if it has none."""
        row = self._fetch_row(
            "SELECT encrypted_personal_data FROM auth.users WHERE id = %s", user_id
        )
        return row["encrypted_personal_data"] if row else None

    def anonymise(self, user_id: UUID, now: datetime) -> None:
        """Close the account: keep its id for evidence that names it, delete all personal data."""
        self._work.execute(
            """
            UPDATE auth.users
            SET status = 'closed', closed_at = %(now)s, updated_at = %(now)s, email = NULL,
                email_verified_at = NULL, password_hash = NULL, display_name = NULL,
                avatar_url = NULL, encrypted_personal_data = NULL
            WHERE id = %(id)s
            """,
            {"id": user_id, "now": now},
        )
        for table in ("preferences", "tokens", "totp", "recovery_codes", "devices", "mails"):
            self._work.execute(f"DELETE FROM auth.{table} WHERE user_id = %s", (user_id,))  # noqa: S608

    def lock_another_admin(self, user_id: UUID) -> bool:
        """Tell whether another active administrator exists, and lock that account's row.

        The lock keeps two administrators from suspending each other at the same time.
        """
        row = self._fetch_row(
            """
            SELECT FROM auth.users
            WHERE role = 'admin' AND status = 'active' AND password_hash IS NOT NULL AND id <> %s
            LIMIT 1 FOR SHARE
            """,
            user_id,
        )
        return row is not None

    def record_status_change(
        self,
        change_id: UUID,
        account: Account,
        status: UserStatus,
        *,
        actor_id: UUID,
        reason: str,
        now: datetime,
    ) -> None:
        """Record which staff member changed the account's status, and the reason."""
        self._work.execute(
            """
            INSERT INTO auth.status_changes
                (id, user_id, actor_id, from_status, to_status, reason, changed_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            """,
            (change_id, account.id, actor_id, account.status, status, reason, now),
        )

    def preferences(self, user_id: UUID) -> Preferences:
        """Return the account's preferences, or the defaults if none were saved."""
        row = self._fetch_row(
            """
            SELECT language, time_zone, theme, new_device_mail, news_mail FROM auth.preferences
            WHERE user_id = %s
            """,
            user_id,
        )
        return Preferences(**{**row, "theme": ColourScheme(row["theme"])}) if row else Preferences()

    def set_preferences(self, user_id: UUID, preferences: Preferences) -> None:
        """Save the account's preferences."""
        self._work.execute(
            """
            INSERT INTO auth.preferences
                (user_id, language, time_zone, theme, new_device_mail, news_mail)
            VALUES (%(user_id)s, %(language)s, %(time_zone)s, %(theme)s, %(new_device_mail)s,
                %(news_mail)s)
            ON CONFLICT (user_id) DO UPDATE
            SET (language, time_zone, theme, new_device_mail, news_mail) = (EXCLUDED.language,
                EXCLUDED.time_zone, EXCLUDED.theme, EXCLUDED.new_device_mail, EXCLUDED.news_mail)
            """,
            {**asdict(preferences), "user_id": user_id},
        )

    def _find_account(self, condition: str, key: UUID | str) -> Account | None:
        row = self._fetch_row(f"SELECT {_COLUMNS} FROM auth.users {condition}", key)  # noqa: S608
        if row is None:
            return None
        return Account(**{**row, "role": Role(row["role"]), "status": UserStatus(row["status"])})

    def _fetch_row(self, query: str, key: UUID | str) -> dict[str, Any] | None:
        return self._work.execute(query, (key,)).fetchone()
