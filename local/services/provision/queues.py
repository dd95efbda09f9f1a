"""Provisioning of SQS queues with their settings and dead-letter queue."""

from __future__ import annotations

import json

from local.services.provision.context import Context, Provisioned
from local.template.specs import Queue

__all__ = ["ensure_queue"]


def ensure_queue(context: Context, queue: Queue) -> Provisioned:
    """Create a queue, or update its settings to the template's."""
    sqs = context.client("sqs")
    name = context.name(queue.resource, queue.name)
    if queue.fifo and not name.endswith(".fifo"):
        name = f"{name[-75:]}.fifo"
    try:
        url, new = sqs.get_queue_url(QueueName=name)["QueueUrl"], False
    except sqs.exceptions.QueueDoesNotExist:
        fifo = {"FifoQueue": "true"} if queue.fifo else {}
        url, new = sqs.create_queue(QueueName=name, Attributes=fifo)["QueueUrl"], True
    sqs.set_queue_attributes(QueueUrl=url, Attributes=_settings(context, queue))
    arn = context.physical.arn("sqs", name)
    attributes = {"Arn": arn, "QueueName": name, "QueueUrl": url}
    return context.record("queue", queue.resource, url, attributes, new=new)


def _settings(context: Context, queue: Queue) -> dict[str, str]:
    settings = {
        "VisibilityTimeout": str(queue.visibility_timeout),
        "MessageRetentionPeriod": str(queue.retention),
        "DelaySeconds": str(queue.delay),
    }
    if queue.dead_letter is not None:
        target = context.resolver.physical(queue.dead_letter).attributes["Arn"]
        policy = {"deadLetterTargetArn": target, "maxReceiveCount": queue.max_receives}
        settings["RedrivePolicy"] = json.dumps(policy)
    return settings
