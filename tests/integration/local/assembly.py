"""Small sample product: its synthesized template and its code."""

import json
from pathlib import Path
from typing import Any

CODE = """
import json, os
import boto3

def handler(event, context):
    table = boto3.client("dynamodb") if "requestContext" in event else None
    print("called with", json.dumps(event.get("job", "request")))
    if table is not None and event["rawPath"] == "/count":
        answer = table.update_item(
            TableName=os.environ["COUNTERS"], Key={"id": {"S": "x"}}, ReturnValues="ALL_NEW",
            UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}},
        )
        return {"n": int(answer["Attributes"]["n"]["N"])}
    return {name: os.environ.get(name, "") for name in ("COLOR", "CLOCK_OFFSET_SECONDS")}
"""


def resources() -> dict[str, Any]:
    """Return an API with one function, a table and a schedule."""
    worker = {"Fn::GetAtt": ["Worker", "Arn"]}
    return {
        "Counters": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            },
        },
        "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Worker": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Handler": "shop.handler.handler",
                "Timeout": 20,
                "Environment": {"Variables": {"COLOR": "blue", "COUNTERS": {"Ref": "Counters"}}},
            },
            "Metadata": {"aws:asset:path": "asset.worker"},
        },
        "Nightly": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "ScheduleExpression": "cron(10 3 * * ? *)",
                "Target": {"Arn": worker, "Input": '{"job":"nightly"}'},
            },
        },
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {"Name": "shop", "ProtocolType": "HTTP"},
        },
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": worker,
                "PayloadFormatVersion": "2.0",
            },
        },
        "Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "RouteKey": "$default",
                "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
            },
        },
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default"},
        },
    }


def write(root: Path, template: dict[str, Any]) -> Path:
    """Write the product's code and its cloud assembly; return the assembly."""
    package = root / "functions" / "shop"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("")
    (package / "handler.py").write_text(CODE)
    assembly = root / "cdk.out"
    staged = assembly / "asset.worker" / "shop"
    staged.mkdir(parents=True, exist_ok=True)
    body = json.loads(json.dumps(template))
    body["Worker"]["Metadata"]["aws:asset:path"] = str(staged.parent)
    (assembly / "App.template.json").write_text(json.dumps({"Resources": body}))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://000000000000/eu-central-1",
        "properties": {"templateFile": "App.template.json", "stackName": "app"},
    }
    (assembly / "manifest.json").write_text(json.dumps({"artifacts": {"App": stack}}))
    return assembly
