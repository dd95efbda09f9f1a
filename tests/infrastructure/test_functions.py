"""Tests of functions: least rights, log retention, dead-letter queues, alarms and timeouts."""

import json
import re
from pathlib import Path

import pytest

from auth.service import booking_notifications
from contracts.bookings import BOOKING_MAIL_EVENTS, VISIT_EVENTS
from kit.aws import TIMEOUTS
from kit.outbox import PUBLISH_SECONDS, RELAY_SECONDS
from stacks.constructs.database import OWNER
from stacks.constructs.feature_function import NO_QUEUE
from tests.fixtures.functions import FUNCTIONS
from tests.infrastructure.synth import Assembly, Resource, environment, listed

ROOT = Path(__file__).parents[2]
# The functions that tests call, and those that only the deployment and the gateway call.
NAMES = {
    **{name: (f"{module}.handler", role or None) for name, (module, role) in FUNCTIONS.items()},
    "OperationsMigrate": ("operations.migrate.handler", OWNER),
    "EdgeOrigin": ("edge.origin.handler", None),
}
SCHEDULES = {
    ("AuthScheduled", "cron(10 3 * * ? *)", '{"job":"cleanup"}'),
    ("EscortsScheduled", "rate(5 minutes)", '{"job":"expire-verifications"}'),
    ("EscortsScheduled", "cron(10 3 * * ? *)", '{"job":"refresh-ages"}'),
    ("EscortsScheduled", "rate(15 minutes)", '{"job":"saved-searches"}'),
    ("EscortsScheduled", "cron(10 3 * * ? *)", '{"job":"check-search"}'),
    ("EscortsScheduled", "cron(10 3 * * ? *)", '{"job":"hide-inactive-profiles"}'),
    ("EscortsScheduled", "cron(10 3 * * ? *)", '{"job":"delete-expired-availability"}'),
    ("EscortsScheduled", "cron(7 * * * ? *)", '{"job":"roll-up-views"}'),
    ("BookingsScheduled", "rate(1 minute)", '{"job":"fire-due-timers"}'),
    ("BookingsScheduled", "cron(7 * * * ? *)", '{"job":"repair-timers"}'),
    ("BookingsScheduled", "cron(10 3 * * ? *)", '{"job":"purge-expired"}'),
    ("CrmScheduled", "cron(10 3 * * ? *)", '{"job":"expire-screenings"}'),
    ("CrmScheduled", "cron(10 3 * * ? *)", '{"job":"delete-expired-references"}'),
    ("CrmScheduled", "cron(10 3 * * ? *)", '{"job":"delete-campaign-emails"}'),
    ("CrmScheduled", "cron(10 3 * * ? *)", '{"job":"retention"}'),
    ("CrmDataRequests", "rate(15 minutes)", '{"job":"dispatch-data-requests"}'),
    ("CrmDataRequests", "cron(10 3 * * ? *)", '{"job":"release-data-request-answers"}'),
    ("OperationsRelay", "rate(1 minute)", '{"job":"relay"}'),
}
# Actions for which AWS has no narrower resource than everything.
WITHOUT_RESOURCE = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


def test_functions_are_exactly_these(assembly: Assembly) -> None:
    found = {
        one.id: (one.properties["Handler"], environment(one).get("DB_USER"))
        for one in assembly.functions
    }

    assert found == NAMES


def test_schedules_are_exactly_these(assembly: Assembly) -> None:
    found = set()
    for schedule in assembly.resources_of_type("AWS::Scheduler::Schedule"):
        target = schedule.properties["Target"]
        name = target["Arn"]["Ref"].removesuffix("Live")
        found.add((name, schedule.properties["ScheduleExpression"], target["Input"]))
        assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] == f"{name}DeadLetters"

    assert found == SCHEDULES


def test_scheduled_jobs_are_known_to_their_entry_module() -> None:
    unknown = []
    for name, _, event in SCHEDULES:
        path = ROOT / "functions" / f"{FUNCTIONS[name][0].replace('.', '/')}.py"
        source = path.read_text()
        # A module with one job does not read its name.
        if '"job"' in source and json.dumps(json.loads(event)["job"]) not in source:
            unknown.append((name, event))

    assert unknown == []


@pytest.mark.parametrize(
    ("queue", "function", "sources", "detail_types"),
    [
        (
            "AuthMail",
            "AuthMailer",
            ["auth", "escorts", "bookings"],
            [
                "MailQueued",
                "SavedSearchMatched",
                "ProfileInactivityWarned",
                "ProfileAutoHidden",
                "TextModerated",
                *(event.event_type() for event in BOOKING_MAIL_EVENTS),
                "WaitlistSlotAvailable",
            ],
        ),
        ("EscortsAccounts", "EscortsConsumer", ["auth"], ["AccountClosed", "UserSuspended"]),
        (
            "BookingsEvents",
            "BookingsConsumer",
            ["payments", "auth", "escorts"],
            ["PaymentCaptured", "AccountClosed", "UserSuspended", "ProfileClosed"],
        ),
        ("CrmCampaignEmails", "CrmMailer", ["crm"], ["CampaignEmailQueued"]),
        (
            "CrmEvents",
            "CrmConsumer",
            ["bookings", "auth"],
            [
                *(event.event_type() for event in VISIT_EVENTS),
                "AccountClosed",
            ],
        ),
        (
            "EscortsPurges",
            "EscortsPurge",
            ["escorts"],
            ["ProfileDelisted", "ProfilePagesInvalidated"],
        ),
    ],
)
def test_events_come_through_a_queue(
    assembly: Assembly, queue: str, function: str, sources: list[str], detail_types: list[str]
) -> None:
    (rule,) = (
        r
        for r in assembly.resources_of_type("AWS::Events::Rule")
        if r.properties["Targets"][0]["Arn"]["Fn::GetAtt"][0] == queue
    )
    (mapping,) = (
        m
        for m in assembly.resources_of_type("AWS::Lambda::EventSourceMapping")
        if m.properties["EventSourceArn"]["Fn::GetAtt"][0] == queue
    )
    properties = assembly.get_resource(rule.stack, queue).properties

    assert rule.properties["EventPattern"] == {
        "source": [f"hellomahi.{source}" for source in sources],
        "detail-type": detail_types,
    }
    assert f"{function}Live" in str(mapping.properties["FunctionName"])
    assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    dead = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert dead == f"{function}DeadLetters"
    timeout = assembly.get_resource(rule.stack, function).properties["Timeout"]
    assert properties["VisibilityTimeout"] >= 6 * timeout


def test_mailer_subscribes_to_the_events_it_handles(assembly: Assembly) -> None:
    source = (ROOT / "functions" / "auth" / "service" / "notifications.py").read_text()
    handled = {
        "MailQueued",
        *booking_notifications.BOOKING_EVENTS,
        *re.findall(r'case "(\w+)":', source),
    }
    (rule,) = (
        rule
        for rule in assembly.resources_of_type("AWS::Events::Rule")
        if rule.properties["Targets"][0]["Arn"]["Fn::GetAtt"][0] == "AuthMail"
    )

    assert set(rule.properties["EventPattern"]["detail-type"]) == handled


def test_functions_have_own_roles(assembly: Assembly) -> None:
    roles = [
        (one.stack, one.properties["Role"]["Fn::GetAtt"][0])
        for one in assembly.resources_of_type("AWS::Lambda::Function")
    ]

    assert len(set(roles)) == len(roles)
    for stack, role in roles:
        trust = assembly.get_resource(stack, role).properties["AssumeRolePolicyDocument"][
            "Statement"
        ]
        assert [s["Principal"] for s in trust] == [{"Service": "lambda.amazonaws.com"}]


def test_log_groups_have_retention(assembly: Assembly) -> None:
    for function in assembly.resources_of_type("AWS::Lambda::Function"):
        group = function.properties["LoggingConfig"]["LogGroup"]["Ref"]
        assert assembly.get_resource(function.stack, group).type == "AWS::Logs::LogGroup"
    for group_ in assembly.resources_of_type("AWS::Logs::LogGroup"):
        assert 0 < group_.properties["RetentionInDays"] <= 90, str(group_)


def test_functions_have_dead_letter_queue_or_reason(assembly: Assembly) -> None:
    queues = {queue.id for queue in assembly.resources_of_type("AWS::SQS::Queue")}
    for function in assembly.functions:
        reason = function.body.get("Metadata", {}).get(NO_QUEUE, "")
        has_queue = f"{function.id}DeadLetters" in queues
        assert has_queue != (len(reason) > 20), function.id


def test_functions_and_queues_have_alarms(assembly: Assembly) -> None:
    alarms = list(assembly.resources_of_type("AWS::CloudWatch::Alarm"))
    watched = str([alarm.properties for alarm in alarms])

    assert all(alarm.properties["AlarmActions"] for alarm in alarms)
    (policy,) = assembly.resources_of_type("AWS::SNS::TopicPolicy")
    allowed = [
        s for s in policy.properties["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"
    ]
    assert [s["Principal"] for s in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]
    for function in assembly.functions:
        named = [a for a in alarms if a.properties["AlarmDescription"].startswith(function.id)]
        assert {a.properties["MetricName"] for a in named} >= {"Errors", "Throttles", "Duration"}
    for queue in assembly.resources_of_type("AWS::SQS::Queue"):
        if queue.id.endswith("DeadLetters"):
            assert queue.id in watched


def test_wildcard_rights_have_reason(assembly: Assembly) -> None:
    for function in assembly.functions:
        for statement in assembly.statements(function):
            actions, resources = listed(statement["Action"]), listed(statement["Resource"])
            assert not [a for a in actions if "*" in a], function.id
            if [r for r in resources if "*" in str(r)]:
                assert resources == ["*"], function.id
                assert set(actions) <= WITHOUT_RESOURCE, function.id


def test_functions_connect_as_own_database_role(assembly: Assembly) -> None:
    users = []
    for function in assembly.functions:
        user = environment(function).get("DB_USER")
        allowed = [
            str(resource)
            for statement in assembly.statements(function)
            if "rds-db:connect" in listed(statement["Action"])
            for resource in listed(statement["Resource"])
        ]
        if user in (None, OWNER):
            assert allowed == []
            continue
        users.append(user)
        assert len(allowed) == 1
        assert f"/{user}'" in allowed[0]
    assert len(set(users)) == len(users)


def test_owner_password_is_readable_by_migrations_only(assembly: Assembly) -> None:
    readers = [
        f.id for f in assembly.functions if _may(assembly, f, "secretsmanager:GetSecretValue")
    ]

    assert set(readers) == {"OperationsMigrate", "EdgeOrigin"}
    assert [f.id for f in assembly.functions if "DB_SECRET_ARN" in environment(f)] == [
        "OperationsMigrate"
    ]


def test_only_auth_may_sign_tokens(assembly: Assembly) -> None:
    assert [f.id for f in assembly.functions if _may(assembly, f, "kms:Sign")] == ["AuthWeb"]


def test_crm_key_is_usable_by_crm_functions_only(assembly: Assembly) -> None:
    """Consumers and scheduled functions only encrypt for inboxes and delete keys: they may use no KMS key."""
    for name in ("CrmConsumer", "CrmScheduled", "CrmDataRequests"):
        (function,) = (f for f in assembly.functions if f.id == name)
        actions = {a for s in assembly.statements(function) for a in listed(s["Action"])}
        assert not {action for action in actions if action.startswith("kms:")}
        tables = {action for action in actions if action.startswith("dynamodb:")}
        assert tables <= {
            "dynamodb:BatchGetItem",
            "dynamodb:UpdateItem",
            "dynamodb:Query",
            "dynamodb:DeleteItem",
        }


def test_functions_use_locked_python_version(assembly: Assembly) -> None:
    for function in assembly.functions:
        assert function.properties["Architectures"] == ["arm64"]
        assert function.properties["Runtime"] == "python3.13"


def test_http_function_timeouts_are_below_gateway_timeout(assembly: Assembly) -> None:
    for name in (
        "AuthWeb",
        "BookingsWeb",
        "CrmWeb",
        "EscortsWeb",
        "EscortsDashboard",
        "OperationsWeb",
    ):
        (function,) = (f for f in assembly.functions if f.id == name)
        assert function.properties["Timeout"] < 29


def test_function_bus_never_answers_ends_before_its_timeout(assembly: Assembly) -> None:
    longest = PUBLISH_SECONDS + TIMEOUTS["events"].longest_call
    publishers = [one for one in assembly.functions if "EVENT_BUS_NAME" in environment(one)]

    assert "OperationsRelay" in {one.id for one in publishers}
    for function in publishers:
        assert function.properties["Timeout"] > longest, function.id


def test_relay_bus_never_answers_ends_before_its_timeout(assembly: Assembly) -> None:
    timeout = assembly.get_resource("Operations", "OperationsRelay").properties["Timeout"]
    longest = RELAY_SECONDS + PUBLISH_SECONDS + TIMEOUTS["events"].longest_call

    # The remaining time is for the statements before and after: the database ends one after eight seconds.
    assert timeout - longest > 8


def test_sql_concurrency_is_below_database_connections(prod: Assembly) -> None:
    reserved = [
        function.properties["ReservedConcurrentExecutions"]
        for function in prod.functions
        if "DB_USER" in environment(function)
    ]

    assert sum(reserved) < 800


def test_production_deploys_gradually(prod: Assembly, dev: Assembly) -> None:
    gradual = [
        alias.id
        for alias in prod.resources_of_type("AWS::Lambda::Alias")
        if "CodeDeployLambdaAliasUpdate" in alias.body.get("UpdatePolicy", {})
    ]

    assert sorted(gradual) == [
        "AuthWebLive",
        "BookingsWebLive",
        "CrmWebLive",
        "EscortsDashboardLive",
        "EscortsWebLive",
        "OperationsWebLive",
    ]
    assert list(dev.resources_of_type("AWS::CodeDeploy::DeploymentGroup")) == []


def test_features_depend_on_migrations(assembly: Assembly) -> None:
    (migration,) = assembly.resources_of_type("Custom::DatabaseMigrations")
    for name in ("OperationsWeb", "OperationsRelay"):
        assert migration.id in assembly.get_resource("Operations", name).body["DependsOn"]


def _may(assembly: Assembly, function: Resource, action: str) -> bool:
    return any(action in listed(s["Action"]) for s in assembly.statements(function))
