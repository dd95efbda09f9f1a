"""Checks of the modules that each function imports at its start: every module costs each cold start.

Each handler is imported in its own process, with the deployed libraries where those are installed, and an HTTP handler
also answers a 404. New functions are found automatically.
"""

import ast
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tools.openapi import entries

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DEPLOYED = ROOT / ".tools" / "lambda" / "bin" / "python"

# Modules that no function needs: slow, large, or not deployed.
NEVER = {
    "aws_cdk",
    "aws_xray_sdk",
    "boto3",
    "email_validator",
    "httpx",
    "hypothesis",
    "local",
    "moto",
    "multipart",
    "numpy",
    "phonenumbers.geodata",
    "pytest",
    "requests",
    "s3transfer",
    "stacks",
    "stripe",
    "uvicorn",
    "yaml",
}
# Modules that some requests need: imported by the first of those, not at the start.
LATER = {
    "aws_lambda_powertools",
    "botocore",
    "cryptography",
    "icalendar",
    "jinja2",
    "jwt",
    "phonenumbers",
    "segno",
    "yoyo",
}
# An event has no HTTP.
HTTP = {"fastapi", "mangum", "starlette"}

# Modules that a function needs at its start unlike others; each with its reason.
EXCEPTIONS: dict[str, set[str]] = {
    # The authorizer creates its client at the start, so that no visitor waits for that.
    "edge.origin": {"botocore"},
    # Metrics decorate the relay's handler, which only calls the bus.
    "operations.relay": {"aws_lambda_powertools", "botocore"},
    # Run by the operator a few times a year; sessions come with the access rules.
    "auth.admin_command": {"fastapi", "starlette"},
}

LIST_MODULES = """
import importlib, json, sys
module = importlib.import_module(sys.argv[1])
if hasattr(module, "app"):
    answer = module.handler(json.loads(sys.argv[2]), None)
    assert answer["statusCode"] == 404, answer
print(json.dumps(sorted(sys.modules)))
"""
NOT_FOUND = {
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": "/api/no/such/path",
    "rawQueryString": "",
    "headers": {"host": "localhost"},
    "requestContext": {
        "http": {"method": "GET", "path": "/api/no/such/path", "sourceIp": "127.0.0.1"},
        "requestId": "cold-start",
        "stage": "$default",
    },
    "isBase64Encoded": False,
}


def defines_handler(path: Path) -> bool:
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef(name="handler"):
                return True
            case ast.Assign(targets=[ast.Name(id="handler")]):
                return True
    return False


FUNCTIONS = sorted(
    f"{path.parent.name}.{path.stem}"
    for path in (ROOT / "functions").glob("*/*.py")
    if defines_handler(path)
)

ENTRIES = entries()


@cache
def loaded(function: str) -> frozenset[str]:
    """Return the names of all modules that are loaded when the function is ready."""
    python = DEPLOYED if DEPLOYED.exists() else Path(sys.executable)
    result = subprocess.run(
        [python, "-c", LIST_MODULES, function, json.dumps(NOT_FOUND)],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}/functions:{ROOT}/layers/common/python",
            "PUBLIC_ORIGIN": "https://hellomahi.test",
            "POWERTOOLS_SERVICE_NAME": "test",
            "POWERTOOLS_METRICS_NAMESPACE": "HelloMahi",
            "AWS_DEFAULT_REGION": "eu-central-1",
        },
        cwd="/",
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return frozenset(json.loads(result.stdout.splitlines()[-1]))


def test_entry_modules_are_found() -> None:
    assert {"operations.handler", "operations.relay", "operations.migrate"} <= set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_function_import_loads_no_unneeded_module(function: str) -> None:
    unwanted = NEVER | LATER
    if function not in ENTRIES:
        unwanted |= HTTP

    assert (loaded(function) & unwanted) - EXCEPTIONS.get(function, set()) == set()


@pytest.mark.parametrize("function", sorted(EXCEPTIONS))
def test_allowed_module_is_still_loaded(function: str) -> None:
    if function in FUNCTIONS:
        assert EXCEPTIONS[function] <= loaded(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_function_import_loads_no_other_feature(function: str) -> None:
    features = {path.parent.name for path in (ROOT / "functions").glob("*/__init__.py")}

    assert loaded(function) & features == {function.partition(".")[0]}
