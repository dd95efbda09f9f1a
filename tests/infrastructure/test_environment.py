"""Tests of environment variables: those that code reads are declared, and rights match them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.infrastructure.synth import PYTHON, Assembly, Resource, environment, listed

ROOT = Path(__file__).parents[2]
PATHS = (ROOT / "functions", ROOT / "layers" / "common" / "python")
DATABASE = {"DB_HOST", "DB_PORT", "DB_NAME", "DB_USER"}
# The kit function whose use makes kit read a variable. Every variable that kit requires is listed.
KIT_READS = {
    r"\bDatabase(Settings)?\.from_environment\(": DATABASE,
    r"\.outbox\b": {"EVENT_BUS_NAME"},
    r"\b(requires|visitor)\(": {"SESSIONS_TABLE", "SIGNING_KEY_ARNS", "PUBLIC_ORIGIN"},
    r"\bcreate_app\(": {"PUBLIC_ORIGIN"},
    r"\brelay\(|\bRelay\(": {"EVENT_BUS_NAME"},
}
MAY_BE_EMPTY = {"ADMIN_IP_ALLOWLIST", "CORS_ORIGINS"}
# A variable, the rights to its resource, and a part of the resource's name where there are several of a kind.
GIVES = {
    "SESSIONS_TABLE": ("dynamodb:GetItem", "Sessions"),
    "RATE_LIMITS_TABLE": ("dynamodb:UpdateItem", "RateLimits"),
    "SIGNING_KEY_ARNS": ("kms:GetPublicKey", ""),
    "PRIVATE_DATA_KEY_ARN": ("kms:Decrypt", "PrivateDataKey"),
    "CRM_KEY_ARN": ("kms:Decrypt", "CrmKey"),
    "EVENT_BUS_NAME": ("events:PutEvents", ""),
    "MAIL_FROM": ("ses:SendEmail", ""),
}
EVERYWHERE = {"STAGE", "PUBLIC_ORIGIN", "LOG_LEVEL", "POWERTOOLS_SERVICE_NAME"}


def test_variables_read_by_code_are_declared(assembly: Assembly) -> None:
    for function in assembly.functions:
        missing = read_by(str(function.properties["Handler"])) - set(environment(function))
        assert missing == set(), function.id


def test_variables_read_by_kit_are_listed_here() -> None:
    known = set().union(*KIT_READS.values())
    required = {
        name for path in (PATHS[1] / "kit").rglob("*.py") for name in _required(_parsed(path))
    }

    assert required <= known


def test_rights_and_variables_match(assembly: Assembly) -> None:
    for function in assembly.functions:
        for variable, (action, thing) in GIVES.items():
            allowed = any(
                action in listed(statement["Action"]) and thing in str(statement["Resource"])
                for statement in assembly.statements(function)
            )
            assert (variable in environment(function)) == allowed, (
                f"{function.id}: {variable} and {action}"
            )


def test_functions_have_stage_and_origin(assembly: Assembly) -> None:
    for function in assembly.functions:
        assert set(environment(function)) >= EVERYWHERE
        assert environment(function)["STAGE"] == assembly.settings.stage
        assert environment(function)["POWERTOOLS_METRICS_NAMESPACE"] == "HelloMahi"


def test_sql_functions_use_verified_tls(assembly: Assembly) -> None:
    for function in _with_database(assembly):
        assert environment(function)["DB_SSLMODE"] == "verify-full"
        assert environment(function)["DB_SSLROOTCERT"].startswith("/opt/certs/")
        assert function.properties["VpcConfig"]["SubnetIds"]


def test_functions_without_sql_are_outside_vpc(assembly: Assembly) -> None:
    with_database = {function.id for function in _with_database(assembly)}
    for function in assembly.functions:
        assert ("VpcConfig" in function.properties) == (function.id in with_database)


def test_variables_have_no_secrets(assembly: Assembly) -> None:
    for function in assembly.resources_of_type("AWS::Lambda::Function"):
        if function.properties["Runtime"] == PYTHON and "Environment" in function.properties:
            assert "{{resolve:" not in str(environment(function)), str(function)


def _with_database(assembly: Assembly) -> list[Resource]:
    return [function for function in assembly.functions if "DB_USER" in environment(function)]


@cache
def read_by(handler: str) -> frozenset[str]:
    """Return the variables that the code of a handler requires."""
    entry = handler.removesuffix(".handler")
    feature = entry.split(".")[0]
    sources = {name: path for name, path in _closure(entry) if name.split(".")[0] == feature}
    settings = sources.pop(f"{feature}.settings", None)
    getters = _getters(settings) if settings else {}
    found: set[str] = set()
    for path in sources.values():
        text = path.read_text()
        found |= set(_required(_parsed(path)))
        found |= {
            getters[name] for name in re.findall(r"\bsettings\.(\w+)\(", text) if name in getters
        }
        for pattern, variables in KIT_READS.items():
            if re.search(pattern, text):
                found |= variables
    return frozenset(found)


@cache
def _parsed(path: Path) -> ast.Module:
    """Parse a module; cached, since most modules are used by many functions."""
    return ast.parse(path.read_text())


def _closure(entry: str) -> Iterator[tuple[str, Path]]:
    """Yield every module of ours that `entry` imports, directly or not, lazily or not."""
    waiting, seen = [entry], set()
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if name in seen or path is None:
            continue
        seen.add(name)
        yield name, path
        waiting += _imports(_parsed(path))


def _path(module: str) -> Path | None:
    relative = module.replace(".", "/")
    candidates = (p / tail for p in PATHS for tail in (f"{relative}.py", f"{relative}/__init__.py"))
    return next((path for path in candidates if path.exists()), None)


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            yield from _imports(node)


def _required(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"required", "listed"}
            and isinstance(node.args[0], ast.Constant)
            and node.args[0].value not in MAY_BE_EMPTY
        ):
            yield str(node.args[0].value)


def _getters(settings: Path) -> dict[str, str]:
    """Map each function of a feature's settings to the variable that it requires."""
    tree = _parsed(settings)
    return {
        node.name: name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for name in _required(node)
    }
