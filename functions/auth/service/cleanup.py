"""Daily clean-up of expired rows."""

from datetime import timedelta

from auth.publisher import AccountEvents
from auth.repository.cleanup import CleanupRepository
from kit.clock import Clock

UNVERIFIED_RETENTION = timedelta(days=30)
MAIL_RETENTION = timedelta(days=30)
DEVICE_RETENTION = timedelta(days=400)


def clean_up(repository: CleanupRepository, events: AccountEvents, now: Clock) -> dict[str, int]:
    """Delete expired rows; return the number deleted per kind."""
    moment = now()
    accounts = repository.delete_unverified_before(moment - UNVERIFIED_RETENTION)
    for user_id in accounts:
        events.publish_account_closed(user_id)
    return {
        "accounts": len(accounts),
        "tokens": repository.delete_expired_tokens(moment),
        "mails": repository.delete_mails_before(moment - MAIL_RETENTION),
        "devices": repository.delete_devices_unseen_since(moment - DEVICE_RETENTION),
    }
