"""Provisioning of the template's stateful resources in the emulator.

Idempotent: names depend only on the template, and existing resources are left as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from local.services.emulator import Emulator
from local.services.provision.context import Context, Provisioned
from local.services.provision.keys import ensure_key
from local.services.provision.queues import ensure_queue
from local.services.provision.secrets import ensure_secret
from local.services.provision.storage import ensure_bucket
from local.services.provision.tables import ensure_table
from local.template import Physical, Template

__all__ = ["Provisioned", "provision"]


def provision(
    template: Template, emulator: Emulator, physical: Physical
) -> tuple[Provisioned, ...]:
    """Create the template's missing resources in the emulator; record every physical name."""
    context = Context(template.resolver(physical), physical, emulator.client)
    return tuple(_provision_each(template, context))


def _provision_each(template: Template, context: Context) -> Iterator[Provisioned]:
    for key in template.keys:
        yield ensure_key(context, key)
    for table in template.tables:
        yield ensure_table(context, table)
    # A queue refers to its dead-letter queue, which must be created before.
    for queue in sorted(template.queues, key=lambda queue: queue.dead_letter is not None):
        yield ensure_queue(context, queue)
    for bucket in template.buckets:
        yield ensure_bucket(context, bucket)
    for secret in template.secrets:
        yield ensure_secret(context, secret)
