"""Session store in DynamoDB: starts, finds and ends sessions.

One item per session. Its credential is `<session id>.<secret>`: a cookie keeps one secret for the session's life, a
refresh token gets a new one at every use. Only SHA-256 of a secret is stored; secrets are 256 random bits, so a slow
hash would add nothing.

Used refresh secrets are recorded: a second use means that the token was stolen, and ends the session (RFC 9700,
section 4.14.2). Revoking all sessions of a user is one write, an item that every check reads together with the
session: no index lag and no race with a login in progress.

TTL deletion is lazy; every read compares the times itself.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kit import clock
from kit.auth.cookies import Audience
from kit.auth.network_binding import network_changed_error
from kit.auth.session_items import (
    hash_secret,
    is_revoked,
    revocation_key,
    rotation_items,
    secret_matches,
    spent_secret_key,
)
from kit.auth.sessions import LIFETIMES, Session, format_timestamp, from_item, to_item
from kit.aws import client
from kit.dynamodb import call_dynamodb
from kit.errors import Unauthenticated, Unavailable
from kit.i18n import gettext as _
from kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

_SESSION_ID = re.compile(r"[0-9a-f]{32}")


class SessionStore:
    """Session store in the DynamoDB table `table` (key `session_id`, index `by_user`)."""

    def __init__(self, table: str, now: clock.Clock = clock.now) -> None:
        self._table = table
        self._now = now

    def create(
        self,
        *,
        user_id: UUID,
        role: str,
        audience: Audience,
        device: str,
        network: str,
        network_change_allowed: bool = False,
    ) -> tuple[Session, str]:
        """Start a session; return it and its credential, which is not stored."""
        moment = self._now()
        session = Session(
            id=new_id().hex,
            user_id=user_id,
            role=role,
            audience=audience,
            device=device,
            network=network,
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + LIFETIMES[audience].absolute,
            network_change_allowed=network_change_allowed,
        )
        secret = secrets.token_urlsafe(32)
        item = to_item(session) | {"secret_hash": {"S": hash_secret(secret)}}
        _call_table(lambda: client("dynamodb").put_item(TableName=self._table, Item=item))
        return session, f"{session.id}.{secret}"

    def get(self, session_id: str, user_id: UUID) -> Session | None:
        """Return the user's session if it is live, and record its use from time to time.

        Raises `Unauthenticated` for a session that ended because it was used from another network.
        """
        return self._require_live(self._read_session(session_id, user_id))

    def by_credential(self, credential: str) -> Session | None:
        """Return the live session of `credential` (a cookie's value); raises as `get` does."""
        session_id, _, secret = credential.partition(".")
        item = self._read_item(session_id)
        if item is None or not secret_matches(item, secret):
            return None
        return self._require_live(self._read_session(session_id, UUID(item["user_id"]["S"]), item))

    def rotate(self, credential: str) -> tuple[Session, str]:
        """Exchange a refresh token for the next one.

        Raises `Unauthenticated` for any other than the current token; a used one also ends its session.
        """
        session_id, _, secret = credential.partition(".")
        item = self._read_item(session_id)
        session = self._read_session(session_id, UUID(item["user_id"]["S"]), item) if item else None
        if session is None or not session.is_live(self._now()):
            raise _session_ended_error()
        next_secret = secrets.token_urlsafe(32)
        if not self._rotate_secret(session, hash_secret(secret), hash_secret(next_secret)):
            if self._is_spent(session_id, secret):
                self.revoke(session_id, session.user_id)
            raise _session_ended_error()
        return replace(session, last_seen_at=self._now()), f"{session_id}.{next_secret}"

    def revoke(self, session_id: str, user_id: UUID, audience: Audience | None = None) -> bool:
        """End the user's session (of `audience`, if given); tell whether there was one."""
        if not _SESSION_ID.fullmatch(session_id):
            return False
        condition, values = "user_id = :user", {":user": {"S": str(user_id)}}
        if audience is not None:
            condition += " AND audience = :audience"
            values[":audience"] = {"S": audience.value}

        def delete() -> Any:
            return client("dynamodb").delete_item(
                TableName=self._table,
                Key={"session_id": {"S": session_id}},
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )

        return _call_table(delete, conditional=True) is not None

    def update_network(self, session: Session, network: str) -> None:
        """Record that a session is used from `network`; ends it unless its network may change.

        An ended session stays in the table until it expires, so that its owner is told why it ended.
        """
        change = (
            "network = :at"
            if session.network_change_allowed
            else "network_changed_to = if_not_exists(network_changed_to, :at)"
        )

        def update() -> Any:
            return client("dynamodb").update_item(
                TableName=self._table,
                Key={"session_id": {"S": session.id}},
                UpdateExpression=f"SET {change}",
                ConditionExpression="attribute_exists(session_id)",
                ExpressionAttributeValues={":at": {"S": network}},
            )

        _call_table(update, conditional=True)

    def revoke_all(self, user_id: UUID, except_session_id: str | None = None) -> None:
        """End every session of the user that was started until now, except `except_session_id`.

        Raises `Unauthenticated` if that session itself has ended: it must not become live again by ending the others.
        """
        if except_session_id is None:
            self._write_revocation(user_id, except_session_id="-")
            return
        current = self._read_session(except_session_id, user_id)
        if current is None or not self._write_revocation(
            user_id, except_session_id=current.id, since=current.created_at
        ):
            raise _session_ended_error()

    def list(self, user_id: UUID) -> list[Session]:
        """Return the user's live sessions, newest first."""

        def query() -> Any:
            return client("dynamodb").query(
                TableName=self._table,
                IndexName="by_user",
                KeyConditionExpression="user_id = :user",
                ExpressionAttributeValues={":user": {"S": str(user_id)}},
                ScanIndexForward=False,
            )

        candidates = [from_item(item) for item in _call_table(query)["Items"]]
        # The index may lag behind; the items themselves do not.
        found = (self._read_session(candidate.id, user_id) for candidate in candidates)
        return [session for session in found if session and session.is_live(self._now())]

    def _write_revocation(
        self, user_id: UUID, *, except_session_id: str, since: datetime | None = None
    ) -> bool:
        """Write the user's revocation; with `since`, only if no earlier one ended the session that began then."""
        moment = self._now()
        arguments: dict[str, Any] = {
            "TableName": self._table,
            "Item": {
                "session_id": {"S": revocation_key(user_id)},
                "revoked_at": {"S": format_timestamp(moment)},
                "except_session_id": {"S": except_session_id},
                "ttl": {"N": str(int((moment + timedelta(days=90)).timestamp()))},
            },
        }
        if since is not None:
            unless = "attribute_not_exists(session_id) OR except_session_id = :kept OR revoked_at < :since"
            arguments["ConditionExpression"] = unless
            arguments["ExpressionAttributeValues"] = {
                ":kept": {"S": except_session_id},
                ":since": {"S": format_timestamp(since)},
            }
        return (
            _call_table(lambda: client("dynamodb").put_item(**arguments), conditional=True)
            is not None
        )

    def _require_live(self, session: Session | None) -> Session | None:
        moment = self._now()
        if session is not None and session.network_changed_to:
            raise network_changed_error()
        if session is None or not session.is_live(moment):
            return None
        if moment - session.last_seen_at >= LIFETIMES[session.audience].touch_after:
            self._update_last_seen(session, moment)
        return session

    def _read_item(self, session_id: str) -> dict[str, Any] | None:
        def read() -> Any:
            return client("dynamodb").get_item(
                TableName=self._table, Key={"session_id": {"S": session_id}}, ConsistentRead=True
            )

        if not _SESSION_ID.fullmatch(session_id):
            return None
        item: dict[str, Any] | None = _call_table(read).get("Item")
        return item

    def _read_session(
        self, session_id: str, user_id: UUID, item: dict[str, Any] | None = None
    ) -> Session | None:
        """Read the session and its user's revocation, strongly consistent, in one request."""
        if not _SESSION_ID.fullmatch(session_id):
            return None
        revocation = revocation_key(user_id)
        wanted = [revocation] if item is not None else [session_id, revocation]

        def read() -> Any:
            keys = [{"session_id": {"S": key}} for key in wanted]
            return client("dynamodb").batch_get_item(
                RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}}
            )

        answer = _call_table(read)
        if answer.get("UnprocessedKeys"):
            raise _session_table_unavailable()
        found = {row["session_id"]["S"]: row for row in answer["Responses"].get(self._table, [])}
        item = item or found.get(session_id)
        if item is None or item.get("user_id", {}).get("S") != str(user_id):
            return None
        session = from_item(item)
        return None if is_revoked(session, found.get(revocation)) else session

    def _update_last_seen(self, session: Session, moment: datetime) -> None:
        def update() -> Any:
            return client("dynamodb").update_item(
                TableName=self._table,
                Key={"session_id": {"S": session.id}},
                UpdateExpression="SET last_seen_at = :now",
                ConditionExpression="attribute_exists(session_id)",
                ExpressionAttributeValues={":now": {"S": format_timestamp(moment)}},
            )

        _call_table(update, conditional=True)

    def _rotate_secret(self, session: Session, spent_hash: str, next_hash: str) -> bool:
        items = rotation_items(
            self._table, session, self._now(), spent_hash=spent_hash, next_hash=next_hash
        )

        def transact() -> Any:
            return client("dynamodb").transact_write_items(TransactItems=items)

        return _call_table(transact, conditional=True) is not None

    def _is_spent(self, session_id: str, secret: str) -> bool:
        key = {"session_id": {"S": spent_secret_key(session_id, hash_secret(secret))}}

        def read() -> Any:
            return client("dynamodb").get_item(TableName=self._table, Key=key, ConsistentRead=True)

        return "Item" in _call_table(read)


def _call_table(call: Callable[[], Any], *, conditional: bool = False) -> Any:
    return call_dynamodb(call, _session_table_unavailable(), conditional=conditional)


def _session_table_unavailable() -> Unavailable:
    return Unavailable(
        "sessions-unavailable",
        _("We cannot check who you are right now: try again."),
        retry_after=5,
    )


def _session_ended_error() -> Unauthenticated:
    return Unauthenticated("session-ended", _("This session has ended: sign in again."))
