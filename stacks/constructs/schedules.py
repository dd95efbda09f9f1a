"""Times at which scheduled jobs run."""

from aws_cdk import Duration, TimeZone
from aws_cdk.aws_scheduler import ScheduleExpression

DAILY = ScheduleExpression.cron(hour="3", minute="10", time_zone=TimeZone.ETC_UTC)
HOURLY = ScheduleExpression.cron(minute="7", hour="*", time_zone=TimeZone.ETC_UTC)
"""A little after the full hour: what is counted by the hour is then over."""
EVERY_MINUTE = ScheduleExpression.rate(Duration.minutes(1))
EVERY_FIVE_MINUTES = ScheduleExpression.rate(Duration.minutes(5))
EVERY_QUARTER = ScheduleExpression.rate(Duration.minutes(15))
"""It is morning somewhere: zones differ by quarters of an hour."""
