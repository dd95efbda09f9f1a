"""CloudWatch alarms that notify the operator by e-mail."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

FIVE_MINUTES = Duration.minutes(5)


def alarm(
    scope: Construct,
    name: str,
    metric: cloudwatch.IMetric,
    topic: sns.ITopic,
    *,
    above: float,
    description: str,
    periods: int = 1,
) -> cloudwatch.Alarm:
    """Add an alarm on `metric` above a threshold for that many periods; missing data does not alarm."""
    result = cloudwatch.Alarm(
        scope,
        name,
        metric=metric,
        threshold=above,
        evaluation_periods=periods,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        alarm_description=description,
    )
    result.add_alarm_action(actions.SnsAction(topic))
    return result


def watch_function(
    scope: Construct, live: lambda_.IFunction, topic: sns.ITopic, *, label: str, timeout: Duration
) -> cloudwatch.Alarm:
    """Add alarms on errors, throttles and duration; return the alarm on errors, which also stops a canary."""
    budget = timeout.to_milliseconds() * 0.8
    errors = alarm(
        scope,
        "Errors",
        live.metric_errors(period=FIVE_MINUTES),
        topic,
        above=0,
        description=f"{label} crashed, timed out or could not start. See its log group.",
    )
    alarm(
        scope,
        "Throttles",
        live.metric_throttles(period=FIVE_MINUTES),
        topic,
        above=0,
        description=f"{label} was refused an environment: raise its concurrency or the account's.",
    )
    alarm(
        scope,
        "Slow",
        live.metric_duration(period=FIVE_MINUTES, statistic="p99"),
        topic,
        above=budget,
        periods=3,
        description=f"{label} takes more than 80 % of its timeout.",
    )
    return errors


def watch_dead_letters(scope: Construct, queue: sqs.IQueue, label: str, topic: sns.ITopic) -> None:
    """Add an alarm on the first message in a dead-letter queue."""
    alarm(
        scope,
        "Waiting",
        queue.metric_approximate_number_of_messages_visible(
            period=FIVE_MINUTES, statistic="Maximum"
        ),
        topic,
        above=0,
        description=f"{label} could not process an event: read it, fix the cause, redrive the queue.",
    )
