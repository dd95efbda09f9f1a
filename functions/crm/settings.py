"""Environment settings of the CRM, read when they are needed."""

from kit.settings import env_required


def keys_table() -> str:
    """Return the DynamoDB table of the workspaces' keys."""
    return env_required("CRM_KEYS_TABLE")


def key_arn() -> str:
    """Return the KMS key that encrypts them."""
    return env_required("CRM_KEY_ARN")


def rate_limits_table() -> str:
    """Return the DynamoDB table of the rate limiter."""
    return env_required("RATE_LIMITS_TABLE")


def sessions_table() -> str:
    """Return the DynamoDB table of sessions."""
    return env_required("SESSIONS_TABLE")


def mail_sender() -> str:
    """Return the sender address of campaign e-mails."""
    return env_required("MAIL_FROM")


def public_origin() -> str:
    """Return the address of the site, for links that are used outside it."""
    return env_required("PUBLIC_ORIGIN")
