"""Provisioning of S3 buckets."""

from __future__ import annotations

import re

from local.services.provision.context import Context, Provisioned
from local.template.specs import Bucket

__all__ = ["ensure_bucket"]


def ensure_bucket(context: Context, bucket: Bucket) -> Provisioned:
    """Create a bucket, versioned if the template says so."""
    s3 = context.client("s3")
    given = context.name(bucket.resource, bucket.name, limit=63)
    name = re.sub(r"[^a-z0-9.-]", "-", given.lower()).strip("-.")
    new = name not in {found["Name"] for found in s3.list_buckets()["Buckets"]}
    if new:
        place = {"LocationConstraint": context.physical.region}
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
        if bucket.versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    region = context.physical.region
    attributes = {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
    }
    return context.record("bucket", bucket.resource, name, attributes, new=new)
