"""What stands in the table of sessions besides the sessions: hashed secrets, spent ones, and markers of people."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kit.auth.sessions import Session, to_text

if TYPE_CHECKING:
    from uuid import UUID

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


def hashed(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(item: dict[str, Any], secret: str) -> bool:
    """Tell whether this is the secret of the session `item`."""
    return hmac.compare_digest(item["secret_hash"]["S"], hashed(secret))


def marker_key(user_id: UUID) -> str:
    """Return the key of the item that says since when a person's sessions have ended."""
    return f"user#{user_id}"


def is_revoked(session: Session, marked: dict[str, Any] | None) -> bool:
    """Tell whether the person's marker ends the session."""
    if marked is None or marked["keep"]["S"] == session.id:
        return False
    return session.created_at <= datetime.fromisoformat(marked["revoked_at"]["S"])


def spent_key(session_id: str, secret_hash: str) -> str:
    """Return the key of the item that remembers a spent secret."""
    return f"spent#{session_id}#{secret_hash}"


def swap_items(
    table: str, session: Session, moment: datetime, *, spent: str, following: str
) -> list[TransactWriteItemTypeDef]:
    """Return the transaction that puts the next secret in the place of the present one, and remembers that."""
    swap: TransactWriteItemTypeDef = {
        "Update": {
            "TableName": table,
            "Key": {"session_id": {"S": session.id}},
            "UpdateExpression": "SET secret_hash = :next, last_seen_at = :now",
            "ConditionExpression": "secret_hash = :spent",
            "ExpressionAttributeValues": {
                ":next": {"S": following},
                ":spent": {"S": spent},
                ":now": {"S": to_text(moment)},
            },
        }
    }
    remember: TransactWriteItemTypeDef = {
        "Put": {
            "TableName": table,
            "Item": {
                "session_id": {"S": spent_key(session.id, spent)},
                "ttl": {"N": str(int(session.expires_at.timestamp()))},
            },
        }
    }
    return [swap, remember]
