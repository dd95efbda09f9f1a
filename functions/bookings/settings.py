"""What the template gives bookings, read when it is needed."""

from kit.settings import env_required


def private_data_key() -> str:
    """Return the KMS key over private documents."""
    return env_required("PRIVATE_DATA_KEY_ARN")


def rate_limits_table() -> str:
    """Return the DynamoDB table of throttles."""
    return env_required("RATE_LIMITS_TABLE")


def public_origin() -> str:
    """Return the address of the site, for addresses that are used outside it."""
    return env_required("PUBLIC_ORIGIN")
