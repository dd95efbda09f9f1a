"""OpenAPI document of the API, merged from every function's application.

python -m tools.openapi write     # functions/operations/openapi.json, which the product serves
python -m tools.openapi check     # exit 1 if the file differs from the code
"""

from __future__ import annotations

import json
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "functions" / "operations" / "openapi.json"
# Environment variables that applications read at import; the document does not contain them.
_ENVIRONMENT = {
    "PUBLIC_ORIGIN": "https://hellomahi.example",
    "POWERTOOLS_SERVICE_NAME": "openapi",
    "POWERTOOLS_METRICS_NAMESPACE": "HelloMahi",
    "AWS_DEFAULT_REGION": "eu-central-1",
}
_METHODS = ("get", "post", "put", "patch", "delete")
_HEAD: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "HelloMahi",
        "version": "1",
        "description": (
            "Directory, bookings, chat and payments for independent companions and licensed agencies. "
            "Errors are RFC 9457 problem+json; lists are paged by an opaque cursor; times are ISO 8601 with an "
            "offset; money is whole minor units with an ISO 4217 code."
        ),
    },
}
_SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "site": {"type": "apiKey", "in": "cookie", "name": "__Host-sid"},
    "admin": {"type": "apiKey", "in": "cookie", "name": "__Host-adm"},
    "crm": {"type": "apiKey", "in": "cookie", "name": "__Secure-crm"},
}


def entries() -> list[str]:
    """Return the entry module of each function that answers HTTP requests, as `feature.module`."""
    found = (ROOT / "functions").glob("*/*.py")
    return sorted(
        f"{path.parent.name}.{path.stem}"
        for path in found
        if re.search(r"^app = ", path.read_text(), re.MULTILINE)
    )


def applications() -> dict[str, Any]:
    """Return the application of each entry module."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    return {entry: import_module(entry).app for entry in entries()}


def document() -> dict[str, Any]:
    """Return the merged OpenAPI document."""
    from kit.http import Problem

    merged: dict[str, Any] = {**_HEAD, "paths": {}, "components": {}}
    schemas: dict[str, Any] = {"Problem": Problem.model_json_schema(by_alias=True)}
    fields = schemas["Problem"].pop("$defs", {})
    schemas |= fields
    schemas["Problem"] = _moved(schemas["Problem"])
    for entry, app in applications().items():
        feature, one = entry.partition(".")[0], app.openapi()
        _add_schemas(schemas, one.get("components", {}).get("schemas", {}), feature)
        rules = _rules(app)
        for path, item in one["paths"].items():
            for method in item.keys() & set(_METHODS):
                _finish(item[method], feature, rules[method.upper(), path])
            merged["paths"].setdefault(path, {}).update(item)
    merged["paths"] = dict(sorted(merged["paths"].items()))
    merged["components"] = {
        "schemas": dict(sorted(schemas.items())),
        "securitySchemes": _SECURITY_SCHEMES,
    }
    return merged


def _moved(schema: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(schema).replace("#/$defs/", "#/components/schemas/")
    moved: dict[str, Any] = json.loads(text)
    return moved


def _add_schemas(known: dict[str, Any], added: dict[str, Any], feature: str) -> None:
    for name, schema in added.items():
        if known.get(name, schema) != schema:
            raise SystemExit(
                f"two features call different things {name}: rename the one in {feature}"
            )
        # This API does not use FastAPI's own error models.
        if name not in {"HTTPValidationError", "ValidationError"}:
            known[name] = schema


def _rules(app: Any) -> dict[tuple[str, str], Any]:
    from kit.http.app import declared_rules, served_routes

    return {
        (method, route.path): declared_rules(route)[0]
        for route in served_routes(app)
        for method in route.methods or ()
    }


def _finish(operation: dict[str, Any], feature: str, rule: Any) -> None:
    operation.setdefault("tags", [feature])
    problem = {
        "description": "What is wrong and what to do",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = problem
    if not rule.is_public:
        operation["security"] = [{"bearer": []}] + [{name.value: []} for name in rule.audiences]
        operation["x-permissions"] = sorted(rule.permissions)


def render() -> str:
    """Return the content of the file."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check the file; return the exit code."""
    match arguments:
        case ["write"]:
            DOCUMENT.write_text(render())
            return 0
        case ["check"]:
            if DOCUMENT.is_file() and DOCUMENT.read_text() == render():
                return 0
            sys.stderr.write("openapi.json is not what the code says: run `make openapi`\n")
            return 1
    sys.stderr.write("usage: python -m tools.openapi write|check\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
