"""Alarms of the API, the bus and the database, and the CloudWatch dashboard."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.api_stack import ApiStack
from stacks.constructs.alarms import FIVE_MINUTES, alarm
from stacks.constructs.base_stack import BaseStack
from stacks.constructs.feature_function import FeatureFunction
from stacks.constructs.feature_stack import FeatureStack
from stacks.data_stack import DataStack

MINUTE = Duration.minutes(1)


class ObservabilityStack(BaseStack):
    """Alarms of the API, the bus and the database; the dashboard."""

    def __init__(
        self,
        scope: Construct,
        data: DataStack,
        api: ApiStack,
        features: Sequence[FeatureStack],
    ) -> None:
        super().__init__(scope, "Observability", data.settings, description="alarms and dashboard")
        for stack in (data, api, *features):
            self.add_stack_dependency(stack)
        self.data, self.api = data, api
        self._watch_api()
        self._watch_database()
        self._watch_tables()
        self._dashboard([function for stack in features for function in stack.functions])

    def _watch_api(self) -> None:
        topic = self.data.alarm_topic
        alarm(
            self,
            "ApiSlow",
            self.api.http.metric_latency(period=FIVE_MINUTES, statistic="p95"),
            topic,
            above=2000,
            periods=3,
            description="One answer in twenty takes more than two seconds.",
        )

    def _watch_database(self) -> None:
        cluster, topic = self.data.database.cluster, self.data.alarm_topic
        alarm(
            self,
            "DatabaseFull",
            cluster.metric_acu_utilization(period=FIVE_MINUTES),
            topic,
            above=90,
            periods=3,
            description="The database runs at its largest size: raise max_acu in stacks/settings.py.",
        )
        alarm(
            self,
            "DatabaseDeadlocks",
            cluster.metric_deadlocks(period=FIVE_MINUTES, statistic="Average"),
            topic,
            above=0.1,
            periods=3,
            description="Transactions keep waiting for each other in a circle: find the pair in the log.",
        )
        alarm(
            self,
            "DatabaseConnections",
            cluster.metric_database_connections(period=FIVE_MINUTES, statistic="Maximum"),
            topic,
            above=800,
            description="Connections near the limit: lower the functions' reserved concurrency.",
        )

    def _watch_tables(self) -> None:
        for name, table in (
            ("Sessions", self.data.sessions),
            ("RateLimits", self.data.rate_limits),
            ("ViewCounters", self.data.view_counters),
        ):
            alarm(
                self,
                f"{name}Throttled",
                table.metric("ThrottledRequests", period=FIVE_MINUTES, statistic="Sum"),
                self.data.alarm_topic,
                above=0,
                description=f"DynamoDB refuses requests to {name}.",
            )

    def _dashboard(self, functions: Sequence[FeatureFunction]) -> None:
        http, cluster = self.api.http, self.data.database.cluster
        board = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=self.settings.name("overview")
        )
        board.add_widgets(
            _graph(
                "API: requests and failures",
                http.metric_count(period=MINUTE),
                http.metric_client_error(period=MINUTE),
                http.metric_server_error(period=MINUTE),
            ),
            _graph(
                "API: milliseconds",
                http.metric_latency(period=MINUTE, statistic="p50"),
                http.metric_latency(period=MINUTE, statistic="p95"),
                http.metric_latency(period=MINUTE, statistic="p99"),
            ),
        )
        board.add_widgets(
            _graph("Functions: errors", *[f.live.metric_errors(period=MINUTE) for f in functions]),
            _graph(
                "Functions: milliseconds (p95)",
                *[f.live.metric_duration(period=MINUTE, statistic="p95") for f in functions],
            ),
        )
        waiting = [f.dead_letters for f in functions if f.dead_letters is not None]
        board.add_widgets(
            _graph(
                "Events waiting for a person",
                *[q.metric_approximate_number_of_messages_visible(period=MINUTE) for q in waiting],
            ),
            _graph(
                "Database: capacity and connections",
                cluster.metric_serverless_database_capacity(period=MINUTE),
                cluster.metric_database_connections(period=MINUTE),
            ),
        )


def _graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=12)
