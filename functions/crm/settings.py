"""What the template gives the CRM, read when it is needed."""

from kit.settings import env_required


def keys_table() -> str:
    """Return the DynamoDB table of the books' keys."""
    return env_required("CRM_KEYS_TABLE")


def key_arn() -> str:
    """Return the KMS key over them."""
    return env_required("CRM_KEY_ARN")


def rate_limits_table() -> str:
    """Return the DynamoDB table of throttles."""
    return env_required("RATE_LIMITS_TABLE")


def sessions_table() -> str:
    """Return the DynamoDB table of sessions."""
    return env_required("SESSIONS_TABLE")


def mail_sender() -> str:
    """Return the address that letters come from."""
    return env_required("MAIL_FROM")


def public_origin() -> str:
    """Return the address of the site, for links that are used outside it."""
    return env_required("PUBLIC_ORIGIN")
