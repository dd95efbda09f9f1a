"""Environment variables of the directory's functions, read on use."""

from kit.settings import env_required


def private_data_key() -> str:
    """Return the KMS key for private documents."""
    return env_required("PRIVATE_DATA_KEY_ARN")


def rate_limits_table() -> str:
    """Return the DynamoDB table of rate limits."""
    return env_required("RATE_LIMITS_TABLE")


def view_counters_table() -> str:
    """Return the DynamoDB table of views that are not rolled up yet."""
    return env_required("VIEW_COUNTERS_TABLE")


def distribution_id() -> str:
    """Return the CloudFront distribution that caches public answers."""
    return env_required("DISTRIBUTION_ID")
