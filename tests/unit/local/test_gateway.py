"""Unit tests of the gateway over functions that are plain callables."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from local.gateway.app import Gateway
from local.runtime.invocation import TIMED_OUT, InvocationResult, TooManyRequestsError
from local.runtime.log import FunctionLog
from local.template import Physical, Template
from tests.factories.template import att, function, http_api, http_routes, join, ref, resource
from tests.fakes.invoker import FakeInvoker, failed_result

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def echo(event: Any) -> dict[str, Any]:
    http = event["requestContext"]["http"]
    return {"statusCode": 200, "headers": {"x-method": http["method"]}, "body": event["routeKey"]}


class GatewayWorld:
    """Gateway over a template, its function log, and its client."""

    def __init__(self, resources: dict[str, Any], **handlers: Any) -> None:
        template = Template.from_templates(App={"Resources": resources})
        physical = Physical()
        for bucket in template.buckets:
            physical.put(bucket.resource, "files", {"RegionalDomainName": "files.s3"})
        self.log = FunctionLog()
        self.invoker = FakeInvoker(**handlers)
        gateway = Gateway(
            template,
            self.invoker,
            physical=physical,
            resolver=template.resolver(physical, secret=lambda name: f"secret {name}"),
            log=self.log,
        )
        transport = httpx.ASGITransport(gateway, client=("203.0.113.9", 4711))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://localhost:8080")


def simple(routes: dict[str, str] | None = None, **properties: Any) -> dict[str, Any]:
    routes = routes or {"GET /": "Shop", "POST /cart": "Shop", "ANY /any": "Shop"}
    return {"Shop": function(), "Api": http_api(**properties), **http_routes("Api", routes)}


async def test_gateway_request_reaches_function() -> None:
    def handler(event: Any) -> dict[str, Any]:
        return {
            "statusCode": 201,
            "headers": {"content-type": "text/html"},
            "cookies": ["a=1", "b=2"],
            "body": f"<p>{event['body']}",
        }

    world = GatewayWorld(simple(), Shop=handler)
    answer = await world.client.post("/cart", json={"n": 1})
    assert answer.status_code == 201
    assert answer.text == '<p>{"n":1}'
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    _, event = world.invoker.events[0]
    assert answer.headers["apigw-requestid"] == event["requestContext"]["requestId"]


async def test_gateway_unrouted_path_is_404() -> None:
    world = GatewayWorld(simple(), Shop=echo)
    for answer in (await world.client.get("/nowhere"), await world.client.get("/cart")):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:hellomahi:problem:not-found"
    assert world.invoker.events == []


async def test_http_route_removed_from_template_is_404() -> None:
    routes = {"GET /": "Shop", "ANY /any": "Shop"}
    assert (await GatewayWorld(simple(routes), Shop=echo).client.get("/any")).status_code == 200
    del routes["ANY /any"]
    assert (await GatewayWorld(simple(routes), Shop=echo).client.get("/any")).status_code == 404


async def test_gateway_head_has_headers_without_body() -> None:
    answer = await GatewayWorld(simple(), Shop=echo).client.head("/any")
    assert answer.headers["x-method"] == "HEAD"
    assert answer.headers["content-length"] == str(len("ANY /any"))
    assert answer.content == b""


async def test_gateway_failed_function_is_500_without_internals() -> None:
    world = GatewayWorld(
        simple(), Shop=lambda _: failed_result("ValueError", "the password was hunter2")
    )
    answer = await world.client.get("/")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in answer.text
    assert "ValueError" not in answer.text
    (line,) = world.log.lines(request_id="invocation-1")
    request_id = answer.json()["instance"].rpartition(":")[2]
    assert line.line == f"[ERROR] GET / failed, ValueError (request {request_id})"


async def test_gateway_malformed_result_is_500() -> None:
    world = GatewayWorld(simple(), Shop=lambda _: {"statusCode": "fine"})
    assert (await world.client.get("/")).status_code == 500
    assert "statusCode" in next(iter(world.log.lines())).line


async def test_gateway_own_error_is_500_and_logged() -> None:
    world = GatewayWorld(simple())  # the invoker does not know the function
    answer = await world.client.get("/")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    request_id = answer.json()["instance"].rpartition(":")[2]
    (line,) = world.log.lines(request_id=request_id)
    assert "KeyError: 'Shop'" in line.line


def busy(_: object) -> InvocationResult:
    raise TooManyRequestsError


@pytest.mark.parametrize("handler", [lambda _: failed_result(TIMED_OUT), busy])
async def test_gateway_slow_or_busy_function_is_503_with_retry_after(handler: Any) -> None:
    answer = await GatewayWorld(simple(), Shop=handler).client.get("/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["code"] == "unavailable"


@pytest.mark.parametrize("size", [10 * 1024 * 1024 + 1, 5 * 1024 * 1024])
async def test_gateway_too_large_body_is_413(size: int) -> None:
    world = GatewayWorld(simple(), Shop=echo)
    answer = await world.client.post("/cart", content=b"\x00" * size)
    assert answer.status_code == 413
    assert world.invoker.events == []


async def test_gateway_cors_follows_configuration() -> None:
    cors = {"AllowOrigins": ["https://app.example"], "AllowMethods": ["GET"], "MaxAge": 60}

    def handler(_: object) -> dict[str, Any]:
        own = {"access-control-allow-origin": "the function's own"}
        return {"statusCode": 200, "headers": own, "body": "ok"}

    world = GatewayWorld(simple(CorsConfiguration=cors), Shop=handler)
    asked = {"origin": "https://app.example", "access-control-request-method": "GET"}
    preflight = await world.client.options("/", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "https://app.example"
    assert preflight.headers["access-control-allow-methods"] == "GET"
    assert preflight.headers["access-control-max-age"] == "60"
    assert world.invoker.events == []
    answer = await world.client.get("/", headers={"origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    other = await world.client.get("/", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


async def test_gateway_without_cors_configuration_passes_function_headers() -> None:
    world = GatewayWorld(simple(), Shop=echo)
    asked = {"origin": "https://app.example", "access-control-request-method": "GET"}
    assert (await world.client.options("/any", headers=asked)).text == "ANY /any"


def with_edge(files: Path) -> dict[str, Any]:
    routes = {"GET /": "Shop", "ANY /any": "Shop"}
    deployment = {
        "SourceBucketNames": ["assets"],
        "SourceObjectKeys": ["abc.zip"],
        "DestinationBucketName": ref("Files"),
        "DestinationBucketKeyPrefix": "static",
        "SystemMetadata": {"cache-control": "public, max-age=31536000, immutable"},
    }
    policy = {"HeadersConfig": {"Headers": ["CloudFront-Viewer-Address"]}}
    secret = "{{resolve:secretsmanager:origin:SecretString:::}}"
    proof = [{"HeaderName": "x-origin-verify", "HeaderValue": secret}]
    return {
        "Shop": function(),
        "Api": http_api(),
        **http_routes("Api", routes, AuthorizationType="CUSTOM", AuthorizerId=ref("Lock")),
        "Check": function(),
        "Lock": resource(
            "AWS::ApiGatewayV2::Authorizer",
            ApiId=ref("Api"),
            AuthorizerUri=join("arn:", att("Check"), "/invocations"),
            EnableSimpleResponses=True,
            IdentitySource=["$request.header.x-origin-verify"],
        ),
        "Files": resource("AWS::S3::Bucket"),
        "Upload": {
            **resource("Custom::CDKBucketDeployment", **deployment),
            "Metadata": {"aws:asset:path": str(files)},
        },
        "Who": resource("AWS::CloudFront::OriginRequestPolicy", OriginRequestPolicyConfig=policy),
        "Safe": resource(
            "AWS::CloudFront::ResponseHeadersPolicy",
            ResponseHeadersPolicyConfig={
                "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}},
                "RemoveHeadersConfig": {"Items": [{"Header": "x-powered-by"}]},
            },
        ),
        "Cdn": resource(
            "AWS::CloudFront::Distribution",
            DistributionConfig={
                "Origins": [
                    {"Id": "f", "DomainName": att("Files", "RegionalDomainName")},
                    {"Id": "a", "DomainName": ref("Api"), "OriginCustomHeaders": proof},
                ],
                "CacheBehaviors": [
                    {
                        "PathPattern": "/static/*",
                        "TargetOriginId": "f",
                        "ResponseHeadersPolicyId": ref("Safe"),
                    }
                ],
                "DefaultCacheBehavior": {
                    "TargetOriginId": "a",
                    "AllowedMethods": ["GET", "HEAD", "POST"],
                    "OriginRequestPolicyId": ref("Who"),
                    "ResponseHeadersPolicyId": ref("Safe"),
                },
            },
        ),
    }


def lock(event: Any) -> dict[str, Any]:
    sent = event["headers"].get("x-origin-verify")
    return {"isAuthorized": sent == "secret origin", "context": {"by": "lock"}}


async def test_gateway_serves_static_files_of_deployment(tmp_path: Path) -> None:
    (tmp_path / "app.123.css").write_text("body{}")
    (tmp_path / "icon.woff2").write_bytes(b"\x00")
    world = GatewayWorld(with_edge(tmp_path))
    answer = await world.client.get("/static/app.123.css")
    assert answer.text == "body{}"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    known = {"if-none-match": answer.headers["etag"]}
    assert (await world.client.get("/static/app.123.css", headers=known)).status_code == 304
    font = await world.client.get("/static/icon.woff2")
    assert font.headers["content-type"] == "font/woff2"


@pytest.mark.parametrize("key", ["nothing.css", "", "../secret.txt", "%2e%2e/secret.txt"])
async def test_gateway_missing_static_file_is_403(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "dist").mkdir()
    answer = await GatewayWorld(with_edge(tmp_path / "dist")).client.get(f"/static/{key}")
    assert answer.status_code in (403, 404)
    assert "secret" not in answer.text


async def test_gateway_method_not_in_behaviour_is_403(tmp_path: Path) -> None:
    world = GatewayWorld(with_edge(tmp_path), Shop=echo, Check=lock)
    assert (await world.client.post("/static/app.css")).status_code == 403
    assert (await world.client.delete("/any")).status_code == 403


async def test_gateway_drops_forged_viewer_headers(tmp_path: Path) -> None:
    world = GatewayWorld(with_edge(tmp_path), Shop=echo, Check=lock)
    lies = {
        "cloudfront-viewer-address": "10.0.0.1:1",
        "CloudFront-Viewer-Country": "XX",
        "x-origin-verify": "a guess",
        "x-forwarded-for": "10.0.0.2",
        "x-forwarded-proto": "https",
    }
    assert (await world.client.get("/", headers=lies)).status_code == 200
    (_, event) = world.invoker.events[-1]
    assert event["headers"]["cloudfront-viewer-address"] == "203.0.113.9:4711"
    assert "cloudfront-viewer-country" not in event["headers"]  # the policy does not name it
    assert event["headers"]["x-origin-verify"] == "secret origin"
    assert event["headers"]["x-forwarded-for"] == "10.0.0.2, 203.0.113.9"
    assert event["headers"]["x-forwarded-proto"] == "http"
    assert event["requestContext"]["http"]["sourceIp"] == "203.0.113.9"


async def test_authorizer_is_invoked_once_and_context_is_in_event(tmp_path: Path) -> None:
    world = GatewayWorld(with_edge(tmp_path), Shop=echo, Check=lock)
    await world.client.get("/")
    await world.client.get("/any")
    asked = [event for name, event in world.invoker.events if name == "Check"]
    assert len(asked) == 1
    assert asked[0]["type"] == "REQUEST"
    assert asked[0]["identitySource"] == ["secret origin"]
    assert world.invoker.events[-1][1]["requestContext"]["authorizer"]["lambda"] == {"by": "lock"}


@pytest.mark.parametrize(
    ("answer", "status"),
    [({"isAuthorized": False}, 403), ({}, 403), ("yes", 500), (failed_result("KeyError"), 500)],
)
async def test_authorizer_refusal_is_403(tmp_path: Path, answer: object, status: int) -> None:
    world = GatewayWorld(with_edge(tmp_path), Shop=echo, Check=lambda _: answer)
    assert (await world.client.get("/")).status_code == status
    assert [name for name, _ in world.invoker.events] == ["Check"]


async def test_authorizer_without_identity_is_not_invoked(tmp_path: Path) -> None:
    resources = with_edge(tmp_path)
    del resources["Cdn"]
    world = GatewayWorld(resources, Shop=echo, Check=lock)
    assert (await world.client.get("/")).status_code == 401
    assert world.invoker.events == []
