"""Accounts and preferences in PostgreSQL."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from auth.domain.accounts import Account
from auth.domain.email import folded
from auth.domain.preferences import ColourScheme, Preferences
from contracts.identity import Role, UserStatus
from kit.db import UnitOfWork

_COLUMNS = """
id, email, password_hash, role, status, email_verified_at, display_name, avatar_url, created_at,
updated_at
"""


class AccountRepository:
    """The rows of `auth.users`. A closed account is there for the database alone."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def by_id(self, user_id: UUID) -> Account | None:
        """Return the account, unless it is closed."""
        return self._one("WHERE id = %s AND status <> 'closed'", user_id)

    def by_id_for_change(self, user_id: UUID) -> Account | None:
        """Return the account; nobody else changes it, or signs in to it, until we are done."""
        return self._one("WHERE id = %s AND status <> 'closed' FOR NO KEY UPDATE", user_id)

    def by_id_held(self, user_id: UUID) -> Account | None:
        """Return the account; nobody changes it until we are done."""
        return self._one("WHERE id = %s AND status <> 'closed' FOR SHARE", user_id)

    def by_email(self, address: str) -> Account | None:
        """Return the account with this address, however it is spelt."""
        return self._one("WHERE email_folded = %s", folded(address))

    def of_room(self, address: str) -> Account | None:
        """Return the account that `address` leads to (the directory's word)."""
        user = "(SELECT user_id FROM escorts.profile_slugs_v1 WHERE slug = %s)"
        return self._one(f"WHERE id = {user} AND status <> 'closed'", address)

    def keeps_room(self, user_id: UUID, address: str) -> bool:
        """Tell whether `address` leads to this account's own profile (the directory's word)."""
        row = self._work.execute(
            "SELECT FROM escorts.profile_slugs_v1 WHERE user_id = %s AND slug = %s",
            (user_id, address),
        ).fetchone()
        return row is not None

    def add(self, account: Account, private_doc: bytes | None) -> bool:
        """Insert the account; tell whether its address was still free."""
        row = {**asdict(account), "private_doc": private_doc}
        added = self._work.execute(
            """
            INSERT INTO auth.users (id, email, password_hash, role, status, email_verified_at,
                display_name, avatar_url, private_doc, created_at, updated_at)
            VALUES (%(id)s, %(email)s, %(password_hash)s, %(role)s, %(status)s,
                %(email_verified_at)s, %(display_name)s, %(avatar_url)s, %(private_doc)s,
                %(created_at)s, %(updated_at)s)
            ON CONFLICT (email_folded) DO NOTHING RETURNING id
            """,
            row,
        )
        return added.fetchone() is not None

    def set_password(
        self, user_id: UUID, new: str, now: datetime, *, instead_of: str | None
    ) -> bool:
        """Replace the password hash; tell whether it was still `instead_of`."""
        changed = self._work.execute(
            """
            UPDATE auth.users SET password_hash = %s, updated_at = %s
            WHERE id = %s AND password_hash IS NOT DISTINCT FROM %s
            """,
            (new, now, user_id, instead_of),
        )
        return changed.rowcount == 1

    def set_status(
        self, user_id: UUID, status: UserStatus, now: datetime, *, verified_at: datetime | None
    ) -> None:
        """Move the account to `status`; the address counts as confirmed since `verified_at`."""
        self._work.execute(
            """
            UPDATE auth.users SET status = %s, email_verified_at = %s, updated_at = %s
            WHERE id = %s
            """,
            (status, verified_at, now, user_id),
        )

    def set_profile(self, account: Account, *, private_doc: bytes | None, now: datetime) -> None:
        """Save what the owner may change."""
        self._work.execute(
            """
            UPDATE auth.users
            SET display_name = %s, avatar_url = %s, private_doc = %s, updated_at = %s
            WHERE id = %s
            """,
            (account.display_name, account.avatar_url, private_doc, now, account.id),
        )

    def private_doc(self, user_id: UUID) -> bytes | None:
        """Return the sealed details."""
        row = self._row("SELECT private_doc FROM auth.users WHERE id = %s", user_id)
        return row["private_doc"] if row else None

    def anonymise(self, user_id: UUID, now: datetime) -> None:
        """Close the account: the id stays for the evidence that names it, the person goes."""
        self._work.execute(
            """
            UPDATE auth.users
            SET status = 'closed', closed_at = %(now)s, updated_at = %(now)s, email = NULL,
                email_verified_at = NULL, password_hash = NULL, display_name = NULL,
                avatar_url = NULL, private_doc = NULL
            WHERE id = %(id)s
            """,
            {"id": user_id, "now": now},
        )
        for table in ("preferences", "tokens", "totp", "recovery_codes", "devices", "mails"):
            self._work.execute(f"DELETE FROM auth.{table} WHERE user_id = %s", (user_id,))  # noqa: S608

    def another_admin_is_active(self, user_id: UUID) -> bool:
        """Tell whether somebody would be left to administer without this one.

        That somebody is held: two administrators cannot shut each other out at once.
        """
        row = self._row(
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
        """Write down who moved the account, and why."""
        self._work.execute(
            """
            INSERT INTO auth.status_changes
                (id, user_id, actor_id, from_status, to_status, reason, changed_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            """,
            (change_id, account.id, actor_id, account.status, status, reason, now),
        )

    def preferences(self, user_id: UUID) -> Preferences:
        """Return what the person chose, or the defaults."""
        row = self._row(
            """
            SELECT language, time_zone, theme, new_device_mail, news_mail FROM auth.preferences
            WHERE user_id = %s
            """,
            user_id,
        )
        return Preferences(**{**row, "theme": ColourScheme(row["theme"])}) if row else Preferences()

    def set_preferences(self, user_id: UUID, preferences: Preferences) -> None:
        """Save what the person chose."""
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

    def _one(self, condition: str, key: UUID | str) -> Account | None:
        row = self._row(f"SELECT {_COLUMNS} FROM auth.users {condition}", key)  # noqa: S608
        if row is None:
            return None
        return Account(**{**row, "role": Role(row["role"]), "status": UserStatus(row["status"])})

    def _row(self, query: str, key: UUID | str) -> dict[str, Any] | None:
        return self._work.execute(query, (key,)).fetchone()
