"""Environment variables of bookings, read when needed."""

from kit.settings import env_required


def private_data_key() -> str:
    """Return the ARN of the KMS key over private fields."""
    return env_required("PRIVATE_DATA_KEY_ARN")


def rate_limits_table() -> str:
    """Return the name of the DynamoDB table of rate limits."""
    return env_required("RATE_LIMITS_TABLE")


def public_origin() -> str:
    """Return the origin of the site, for URLs that are used outside of the site."""
    return env_required("PUBLIC_ORIGIN")
