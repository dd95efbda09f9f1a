"""KMS keys: the same key at every start, since encrypted data would be lost otherwise."""

from __future__ import annotations

from local.services.provision.context import Context, Provisioned
from local.template.specs import Key

__all__ = ["ensure_key"]


def ensure_key(context: Context, key: Key) -> Provisioned:
    """Create a key once; later starts find it by an alias of its logical id."""
    kms = context.client("kms")
    ours = f"alias/local/{key.resource.stack}/{key.resource.logical_id}"
    try:
        found, new = kms.describe_key(KeyId=ours)["KeyMetadata"], False
    except kms.exceptions.NotFoundException:
        found, new = kms.create_key(KeySpec=key.spec, KeyUsage=key.usage)["KeyMetadata"], True
        kms.create_alias(AliasName=ours, TargetKeyId=found["KeyId"])
        if key.rotation:
            kms.enable_key_rotation(KeyId=found["KeyId"])
    existing = {alias["AliasName"] for alias in kms.list_aliases(Limit=1000)["Aliases"]}
    for alias in set(key.aliases) - existing:
        kms.create_alias(AliasName=alias, TargetKeyId=found["KeyId"])
    attributes = {"Arn": found["Arn"], "KeyId": found["KeyId"]}
    return context.record("key", key.resource, found["KeyId"], attributes, new=new)
