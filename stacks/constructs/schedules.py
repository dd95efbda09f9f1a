"""Times of scheduled jobs."""

from aws_cdk import Duration, TimeZone
from aws_cdk.aws_scheduler import ScheduleExpression

DAILY = ScheduleExpression.cron(hour="3", minute="10", time_zone=TimeZone.ETC_UTC)
HOURLY = ScheduleExpression.cron(minute="7", hour="*", time_zone=TimeZone.ETC_UTC)
"""Shortly after the full hour, when the counts of the last hour are complete."""
EVERY_MINUTE = ScheduleExpression.rate(Duration.minutes(1))
EVERY_FIVE_MINUTES = ScheduleExpression.rate(Duration.minutes(5))
EVERY_QUARTER = ScheduleExpression.rate(Duration.minutes(15))
"""Every quarter of an hour, since local mornings of time zones differ by quarters of an hour."""
