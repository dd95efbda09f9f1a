"""Unit tests of the typed views of templates."""

import json
from copy import deepcopy
from pathlib import Path

import pytest

from local.template import Template, TemplateError
from tests.factories.template import (
    att,
    function,
    http_api,
    http_routes,
    join,
    ref,
    resource,
    websocket_api,
)

QUEUE = "AWS::SQS::Queue"


def app() -> dict[str, object]:
    return {
        "ShopWeb": function(environment={"COLOR": "blue", "TABLE": ref("Orders")}),
        "ShopLive": resource(
            "AWS::Lambda::Alias", FunctionName=ref("ShopWeb"), FunctionVersion="1", Name="live"
        ),
        "Api": http_api(),
        **http_routes("Api", {"GET /": "ShopWeb", "ANY /cart/{proxy+}": "ShopWeb"}),
        "Orders": resource(
            "AWS::DynamoDB::Table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True},
        ),
        "Dead": resource(QUEUE),
        "Mail": resource(
            QUEUE, RedrivePolicy={"deadLetterTargetArn": att("Dead"), "maxReceiveCount": 3}
        ),
        "Bus": resource("AWS::Events::EventBus", Name="shop"),
        "OnOrder": resource(
            "AWS::Events::Rule",
            EventBusName=ref("Bus"),
            EventPattern={"source": ["shop"]},
            Targets=[{"Arn": att("Mail"), "Id": "T"}],
        ),
        "Nightly": resource(
            "AWS::Scheduler::Schedule",
            ScheduleExpression="rate(5 minutes)",
            Target={"Arn": ref("ShopLive"), "Input": '{"job":"x"}'},
        ),
        "Poller": resource(
            "AWS::Lambda::EventSourceMapping",
            EventSourceArn=att("Mail"),
            FunctionName=ref("ShopLive"),
            BatchSize=5,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        ),
    }


def test_template_has_typed_views() -> None:
    template = Template.from_templates(App={"Resources": app()})
    shop = template.functions["ShopWeb"]
    assert shop.handler == "shop.handler.handler"
    assert shop.timeout == 10
    assert [route.key for route in template.http_apis[0].routes] == ["GET /", "ANY /cart/{proxy+}"]
    assert {route.function for route in template.http_apis[0].routes} == {"ShopWeb"}
    assert template.tables[0].ttl_attribute == "ttl"
    dead, mail = template.queues
    assert mail.dead_letter is dead.resource
    assert mail.max_receives == 3
    (rule,) = template.rules
    assert rule.bus is template.buses[0].resource
    assert rule.targets[0].resource is mail.resource
    (schedule,) = template.schedules
    assert template.function_name(schedule.target.resource) == "ShopWeb"
    (poller,) = template.event_sources
    assert (poller.function, poller.batch_size, poller.partial_failures) == ("ShopWeb", 5, True)


@pytest.mark.parametrize(
    ("removed", "collection"),
    [("Nightly", "schedules"), ("OnOrder", "rules"), ("Poller", "event_sources")],
)
def test_resource_removed_from_template_is_absent(removed: str, collection: str) -> None:
    resources = app()
    assert getattr(Template.from_templates(App={"Resources": resources}), collection)
    del resources[removed]
    assert not getattr(Template.from_templates(App={"Resources": resources}), collection)


def test_removed_route_and_variable_are_absent() -> None:
    resources = deepcopy(app())
    del resources["ApiRoute0"]
    shop = resources["ShopWeb"]
    assert isinstance(shop, dict)
    del shop["Properties"]["Environment"]["Variables"]["COLOR"]
    template = Template.from_templates(App={"Resources": resources})
    assert [route.key for route in template.http_apis[0].routes] == ["ANY /cart/{proxy+}"]
    assert set(template.functions["ShopWeb"].environment) == {"TABLE"}


def test_routes_may_be_in_other_stack_than_api() -> None:
    output = {"Fn::GetStackOutput": {"StackName": "Api", "OutputName": "Id"}}
    routes = http_routes("Api", {"GET /": "ShopWeb"})
    for body in routes.values():
        body["Properties"]["ApiId"] = output
    template = Template.from_templates(
        Api={"Resources": {"Api": http_api()}, "Outputs": {"Id": {"Value": ref("Api")}}},
        Shop={"Resources": {"ShopWeb": function(), **routes}},
    )
    assert [route.key for route in template.http_apis[0].routes] == ["GET /"]


def test_websocket_api_has_routes() -> None:
    routes = {"$connect": "Chat", "echo": "Chat"}
    resources = {"Chat": function(), **websocket_api("Ws", routes, responding=("echo",))}
    (api,) = Template.from_templates(App={"Resources": resources}).websocket_apis
    assert api.stage == "live"
    assert api.selection == "$request.body.action"
    assert api.routes["echo"].responds
    assert not api.routes["$connect"].responds


def test_payload_format_other_than_two_is_refused() -> None:
    resources = app()
    integration = resources["ApiIntegration0"]
    assert isinstance(integration, dict)
    integration["Properties"]["PayloadFormatVersion"] = "1.0"
    with pytest.raises(TemplateError, match=r"App/ApiIntegration0 .* payload format 2\.0"):
        Template.from_templates(App={"Resources": resources})


def test_distribution_has_bucket_and_api_origins() -> None:
    distribution = resource(
        "AWS::CloudFront::Distribution",
        DistributionConfig={
            "Origins": [
                {"Id": "files", "DomainName": att("Files", "RegionalDomainName")},
                {
                    "Id": "api",
                    "DomainName": att("Domain", "RegionalDomainName"),
                    "OriginCustomHeaders": [{"HeaderName": "X-Proof", "HeaderValue": "secret"}],
                },
            ],
            "CacheBehaviors": [{"PathPattern": "/static/*", "TargetOriginId": "files"}],
            "DefaultCacheBehavior": {
                "TargetOriginId": "api",
                "AllowedMethods": ["GET", "POST"],
                "OriginRequestPolicyId": ref("Policy"),
            },
        },
    )
    policy = {"HeadersConfig": {"Headers": ["CloudFront-Viewer-Address", "Accept"]}}
    resources = {
        "Files": resource("AWS::S3::Bucket"),
        "Api": http_api(),
        "Domain": resource("AWS::ApiGatewayV2::DomainName", DomainName="x.example"),
        "Mapping": resource(
            "AWS::ApiGatewayV2::ApiMapping", ApiId=ref("Api"), DomainName=ref("Domain")
        ),
        "Policy": resource(
            "AWS::CloudFront::OriginRequestPolicy", OriginRequestPolicyConfig=policy
        ),
        "Cdn": distribution,
    }
    (found,) = Template.from_templates(App={"Resources": resources}).distributions
    static, default = found.behaviours
    assert (static.pattern, static.origin.logical_id) == ("/static/*", "Files")
    assert static.methods == {"GET", "HEAD"}
    assert (default.pattern, default.origin.logical_id) == ("*", "Api")
    assert default.origin_headers == {"x-proof": "secret"}
    assert default.viewer_headers == {"cloudfront-viewer-address"}


def test_resource_with_unmet_condition_is_absent() -> None:
    region = {"Ref": "AWS::Region"}
    conditions = {
        "Here": {"Fn::Equals": [region, "eu-west-1"]},
        "There": {"Fn::Equals": [region, "us-east-1"]},
    }
    resources = {name: {**function(), "Condition": name} for name in conditions}
    template = Template.from_templates(App={"Conditions": conditions, "Resources": resources})
    assert set(template.functions) == {"Here"}


def test_broken_reference_error_names_owner() -> None:
    resources = {"Fn": function(), "Api": http_api(), **http_routes("Api", {"GET /": "Fn"})}
    resources["ApiRoute0"]["Properties"]["Target"] = join("integrations/", ref("Nowhere"))
    with pytest.raises(TemplateError, match=r"App/ApiRoute0 .* found none"):
        Template.from_templates(App={"Resources": resources})


def write_assembly(folder: Path) -> None:
    asset = folder / "asset.abc"
    asset.mkdir()
    body = resource("AWS::Lambda::Function", Code={"S3Key": "abc.zip"}, Handler="a.b")
    body["Properties"]["Layers"] = [ref("First"), ref("Second")]
    layer = "AWS::Lambda::LayerVersion"
    template = {
        "Resources": {
            "WebFunction0A1B2C3D": body,
            "First": resource(layer, Content={"S3Key": "one.zip"}),
            "Second": resource(layer, Content={"S3Key": "two.zip"}),
        }
    }
    (folder / "Shop.template.json").write_text(json.dumps(template))
    files = {
        name: {"source": {"path": f"asset.{name}", "packaging": "zip"}}
        for name in ("abc", "one", "two")
    }
    (folder / "Shop.assets.json").write_text(json.dumps({"files": files}))
    entry = [{"type": "aws:cdk:logicalId", "data": "WebFunction0A1B2C3D"}]
    metadata = {"/Shop/ShopWeb/Function/Resource": entry}
    (folder / "Shop.metadata.json").write_text(json.dumps(metadata))
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/eu-central-1",
        "properties": {"templateFile": "Shop.template.json", "stackName": "shop-dev"},
        "additionalMetadataFile": "Shop.metadata.json",
    }
    tree = {"type": "cdk:tree", "properties": {}}
    manifest = {"artifacts": {"Tree": tree, "Shop": stack}}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_assembly_has_assets_and_construct_paths(tmp_path: Path) -> None:
    write_assembly(tmp_path)
    template = Template.load(tmp_path)
    assert template.region == "eu-central-1"
    function_ = template.functions["ShopWeb"]  # the construct, as the logical id is generated
    assert function_.resource.stack == "shop-dev"
    assert function_.code == tmp_path / "asset.abc"
    # The last layer of a function wins, so it comes first on the search path.
    assert function_.layers == (tmp_path / "asset.two", tmp_path / "asset.one")
