"""Lambda events of the benchmarks."""

import json
from typing import Any


def http(method: str, path: str, body: object = None) -> dict[str, Any]:
    """Return an HTTP API event, payload 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "host": "localhost",
            "content-type": "application/json",
            "accept": "application/json",
        },
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "bench",
            },
            "requestId": "bench",
            "stage": "$default",
        },
        "body": json.dumps(body) if body is not None else "",
        "isBase64Encoded": False,
    }


HELLO = http("POST", "/hello", {"name": "Ada"})
NOT_FOUND = http("GET", "/api/v1/no-such-thing")
ENVIRONMENT = {
    "STAGE": "bench",
    "PUBLIC_ORIGIN": "http://localhost:8080",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "HelloMahi",
    "LOG_LEVEL": "INFO",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
}
