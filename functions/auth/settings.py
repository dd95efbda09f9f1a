"""Environment variables of auth, read when they are needed."""

from kit.settings import env_list, env_required


def public_origin() -> str:
    """Return the site's origin, the base of links and the issuer of tokens."""
    return env_required("PUBLIC_ORIGIN")


def sessions_table() -> str:
    """Return the DynamoDB table of sessions."""
    return env_required("SESSIONS_TABLE")


def rate_limits_table() -> str:
    """Return the DynamoDB table of rate limits."""
    return env_required("RATE_LIMITS_TABLE")


def signing_keys() -> tuple[str, ...]:
    """Return the KMS keys of access tokens; the first signs, all verify."""
    return env_list("SIGNING_KEY_ARNS")


def private_data_key() -> str:
    """Return the KMS key that encrypts personal data and TOTP secrets."""
    return env_required("PRIVATE_DATA_KEY_ARN")


def mail_sender() -> str:
    """Return the sender address of mails."""
    return env_required("MAIL_FROM")
