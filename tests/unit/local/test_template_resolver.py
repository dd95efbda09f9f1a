"""Unit tests of the resolution of intrinsic functions."""

import pytest

from local.template import Physical, Resolver, Resource, Template, TemplateError
from tests.factories.template import att, function, ref, resource

TEMPLATE = {
    "Parameters": {
        "Color": {"Type": "String", "Default": "blue"},
        "Bootstrap": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk/version"},
    },
    "Mappings": {"Sizes": {"dev": {"memory": "128"}}},
    "Conditions": {
        "InEurope": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
        "Elsewhere": {"Fn::Not": [{"Condition": "InEurope"}]},
        "Both": {"Fn::And": [{"Condition": "InEurope"}, {"Condition": "Elsewhere"}]},
    },
    "Resources": {
        "Web": function(),
        "Live": resource("AWS::Lambda::Alias", FunctionName=ref("Web"), Name="live"),
        "Table": resource(
            "AWS::DynamoDB::Table",
            KeySchema=[],
            AttributeDefinitions=[],
        ),
        "Api": resource("AWS::ApiGatewayV2::Api", ProtocolType="HTTP"),
    },
    "Outputs": {"TableArn": {"Value": att("Table"), "Export": {"Name": "the-table"}}},
}


@pytest.fixture
def template() -> Template:
    return Template.from_templates(App=TEMPLATE, Other={"Resources": {"Fn": function()}})


@pytest.fixture
def resolver(template: Template) -> Resolver:
    physical = Physical(account="111122223333", region="eu-west-1")
    arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/t-1"
    physical.put(template.tables[0].resource, "t-1", {"Arn": arn})
    return template.resolver(
        physical,
        rewrites={"https://api.execute-api.eu-west-1.amazonaws.com": "http://127.0.0.1:9"},
        secret=lambda name: f"the secret of {name}",
    )


@pytest.fixture
def web(template: Template) -> Resource:
    return template.functions["Web"].resource


ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/t-1"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("plain", "plain"),
        (7, 7),
        ({"a": [1, {"Ref": "Table"}]}, {"a": [1, "t-1"]}),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::AccountId"}, "111122223333"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::StackName"}, "App"),
        ({"Ref": "Color"}, "blue"),
        ({"Ref": "Table"}, "t-1"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, ARN),
        ({"Fn::GetAtt": "Table.Arn"}, ARN),
        ({"Fn::Join": ["-", ["a", {"Ref": "Color"}]]}, "a-blue"),
        ({"Fn::Sub": "${Color} ${Table.Arn} ${!Literal}"}, f"blue {ARN} ${{Literal}}"),
        ({"Fn::Sub": ["${x}${Table}", {"x": {"Ref": "Color"}}]}, "bluet-1"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::GetAtt": ["Table", "Arn"]}]}]}, "t-1"),
        ({"Fn::Select": ["0", ["a", "b"]]}, "a"),
        ({"Fn::FindInMap": ["Sizes", "dev", "memory"]}, "128"),
        ({"Fn::If": ["InEurope", "yes", {"Fn::Base64": "never looked at"}]}, "yes"),
        ({"Fn::If": ["Elsewhere", "yes", "no"]}, "no"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::ImportValue": "the-table"}, ARN),
        ({"Fn::GetStackOutput": {"StackName": "App", "OutputName": "TableArn"}}, ARN),
        ({"Fn::GetAtt": ["Web", "Arn"]}, "arn:aws:lambda:eu-west-1:111122223333:function:Web"),
        ({"Ref": "Live"}, "arn:aws:lambda:eu-west-1:111122223333:function:Web:live"),
        ({"Fn::GetAtt": ["Api", "ApiEndpoint"]}, "http://127.0.0.1:9"),
        (
            {"Fn::Join": ["", ["https://", {"Ref": "Api"}, ".execute-api.eu-west-1."]]},
            "https://api.execute-api.eu-west-1.",
        ),
        (
            {"Fn::Sub": "https://${Api}.execute-api.eu-west-1.amazonaws.com/live"},
            "http://127.0.0.1:9/live",
        ),
        ("{{resolve:secretsmanager:my-name:SecretString:::}}", "the secret of my-name"),
        ("{{resolve:secretsmanager:my-name}}", "the secret of my-name"),
        (
            "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:x-1:SecretString:::}}",
            "the secret of arn:aws:secretsmanager:eu-west-1:1:secret:x-1",
        ),
    ],
)
def test_resolver_evaluates_intrinsics(
    resolver: Resolver, web: Resource, expression: object, value: object
) -> None:
    assert resolver.value(web, expression) == value


def test_resolver_refuses_direct_reference_to_other_stack(
    template: Template, resolver: Resolver
) -> None:
    other = template.functions["Fn"].resource
    reference = {"Fn::GetStackOutput": {"StackName": "App", "OutputName": "TableArn"}}
    assert resolver.value(other, reference) == ARN
    with pytest.raises(TemplateError, match=r"Other/Fn .* refers to Table"):
        resolver.value(other, {"Ref": "Table"})


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({"Fn::Cidr": ["10.0.0.0/8", 1, 8]}, "App/Web .* uses Fn::Cidr"),
        ({"Fn::GetAtt": ["Table", "StreamArn"]}, "App/Web .* asks App/Table .* for StreamArn"),
        ({"Ref": "Nobody"}, "App/Web .* refers to Nobody"),
        ({"Ref": "Bootstrap"}, "App/Web .* needs the parameter Bootstrap"),
        ({"Fn::ImportValue": "nothing"}, "no stack exports nothing"),
    ],
)
def test_resolver_error_names_owner(
    resolver: Resolver, web: Resource, expression: object, message: str
) -> None:
    with pytest.raises(TemplateError, match=message):
        resolver.value(web, expression)


def test_resolver_unprovisioned_table_raises(template: Template, web: Resource) -> None:
    with pytest.raises(TemplateError, match=r"App/Table .* was not provisioned"):
        template.resolver(Physical()).value(web, ref("Table"))


def test_resolver_secret_without_source_raises(template: Template, web: Resource) -> None:
    with pytest.raises(TemplateError, match=r"App/Web .* needs the secret x"):
        template.resolver(Physical()).value(web, "{{resolve:secretsmanager:x}}")


def test_resolver_environment_values_are_strings(resolver: Resolver, web: Resource) -> None:
    assert resolver.text(web, 7) == "7"
    assert resolver.text(web, True) == "true"
    with pytest.raises(TemplateError, match="needs a string"):
        resolver.text(web, ["a"])
