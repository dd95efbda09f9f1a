"""The daily clean-up."""

from datetime import timedelta

from auth.publisher import Publisher
from auth.repository.cleanup import CleanupRepository
from kit.clock import Clock

UNVERIFIED_KEPT = timedelta(days=30)
MAILS_KEPT = timedelta(days=30)
DEVICES_KEPT = timedelta(days=400)


def clean_up(repository: CleanupRepository, publisher: Publisher, now: Clock) -> dict[str, int]:
    """Forget what is no longer of use; return how much of each."""
    moment = now()
    accounts = repository.drop_unverified_before(moment - UNVERIFIED_KEPT)
    for user_id in accounts:
        publisher.closed(user_id)
    return {
        "accounts": len(accounts),
        "tokens": repository.drop_expired_tokens(moment),
        "mails": repository.drop_mails_before(moment - MAILS_KEPT),
        "devices": repository.drop_devices_unseen_since(moment - DEVICES_KEPT),
    }
