"""Items of the session table: hashed secrets, used refresh secrets, and revocations of all of a user's sessions."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kit.auth.sessions import Session, format_timestamp

if TYPE_CHECKING:
    from uuid import UUID

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def hash_secret(secret: str) -> str:
    """Return the hash of a secret to store."""
    return hashlib.sha256(secret.encode()).hexdigest()


def secret_matches(item: dict[str, Any], secret: str) -> bool:
    """Tell whether `secret` belongs to the session `item`."""
    return hmac.compare_digest(item["secret_hash"]["S"], hash_secret(secret))


def revocation_key(user_id: UUID) -> str:
    """Return the key of the item that records when all of a user's sessions were revoked."""
    return f"user#{user_id}"


def is_revoked(session: Session, revocation: dict[str, Any] | None) -> bool:
    """Tell whether the user's revocation ended the session."""
    if revocation is None or revocation["except_session_id"]["S"] == session.id:
        return False
    return session.created_at <= datetime.fromisoformat(revocation["revoked_at"]["S"])


def spent_secret_key(session_id: str, secret_hash: str) -> str:
    """Return the key of the item that records a used refresh secret."""
    return f"spent#{session_id}#{secret_hash}"


def rotation_items(
    table: str, session: Session, moment: datetime, *, spent_hash: str, next_hash: str
) -> list[TransactWriteItemTypeDef]:
    """Return the transaction that replaces the session's secret and records the old one as used."""
    replace_secret: TransactWriteItemTypeDef = {
        "Update": {
            "TableName": table,
            "Key": {"session_id": {"S": session.id}},
            "UpdateExpression": "SET secret_hash = :next, last_seen_at = :now",
            "ConditionExpression": "secret_hash = :spent",
            "ExpressionAttributeValues": {
                ":next": {"S": next_hash},
                ":spent": {"S": spent_hash},
                ":now": {"S": format_timestamp(moment)},
            },
        }
    }
    record_spent: TransactWriteItemTypeDef = {
        "Put": {
            "TableName": table,
            "Item": {
                "session_id": {"S": spent_secret_key(session.id, spent_hash)},
                "ttl": {"N": str(int(session.expires_at.timestamp()))},
            },
        }
    }
    return [replace_secret, record_spent]
