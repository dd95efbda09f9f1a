"""Secrets Manager secrets, generated once."""

from __future__ import annotations

import json
from typing import Any

from local.services.provision.context import Context, Provisioned
from local.template.specs import Secret

__all__ = ["ensure_secret"]

# The template's options and the API's are the same words.
_PASSWORD_OPTIONS = (
    "PasswordLength",
    "ExcludeCharacters",
    "ExcludeLowercase",
    "ExcludeNumbers",
    "ExcludePunctuation",
    "ExcludeUppercase",
    "IncludeSpace",
    "RequireEachIncludedType",
)


def ensure_secret(context: Context, secret: Secret) -> Provisioned:
    """Create a secret with the template's value, or with one generated as it says."""
    manager = context.client("secretsmanager")
    name = context.name(secret.resource, secret.name, limit=512)
    try:
        arn, new = manager.describe_secret(SecretId=name)["ARN"], False
    except manager.exceptions.ResourceNotFoundException:
        value = _value(context, manager, secret)
        arn, new = manager.create_secret(Name=name, SecretString=value)["ARN"], True
    return context.record("secret", secret.resource, arn, {"Id": arn}, new=new)


def _value(context: Context, manager: Any, secret: Secret) -> str:
    if secret.generate is None:
        return context.resolver.text(secret.resource, secret.value or "")
    options = {name: secret.generate[name] for name in _PASSWORD_OPTIONS if name in secret.generate}
    password: str = manager.get_random_password(**options)["RandomPassword"]
    if "GenerateStringKey" not in secret.generate:
        return password
    frame = context.resolver.text(secret.resource, secret.generate["SecretStringTemplate"])
    return json.dumps(json.loads(frame) | {secret.generate["GenerateStringKey"]: password})
