"""Lists that name every feature, function or router: an entry that was forgotten fails here.

CONTRIBUTING.md names these lists in its recipes.
"""

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from escorts.domain import slugs
from kit.http.app import served_routes
from tests.fixtures.functions import FUNCTIONS
from tests.fixtures.gateway import PUBLIC_ROUTES, function_for
from tools.openapi import applications

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/__init__.py"))
# Functions of the platform itself: no schema, events or nouns of their own.
PLATFORM = {"edge", "operations"}
FEATURES = [name for name in FOLDERS if name not in PLATFORM]
# Called by the deployment and by the gateway, never by a test client.
NOT_CALLED_BY_TESTS = {"edge.origin", "operations.migrate"}


def _entry_modules() -> set[str]:
    """Modules that Lambda imports: those below a feature's folder that define `handler`."""
    return {
        f"{path.parent.name}.{path.stem}"
        for path in (ROOT / "functions").glob("*/*.py")
        if re.search(r"^(?:def handler\(|handler(?:: .+)? = )", path.read_text(), re.MULTILINE)
    }


def _import_rules() -> dict[str, Any]:
    rules: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    return rules["importlinter"]  # type: ignore[no-any-return]


def _rule(name: str) -> dict[str, Any]:
    (rule,) = (each for each in _import_rules()["contracts"] if each["name"].startswith(name))
    return dict(rule)


def _missing_files(pattern: str) -> list[str]:
    paths = [pattern.format(feature=feature) for feature in FEATURES]
    return [path for path in paths if not (ROOT / path).exists()]


def test_features_have_domain_contracts_stack_document_and_tests() -> None:
    for pattern in (
        "functions/{feature}/domain/__init__.py",
        "layers/common/python/contracts/{feature}.py",
        "stacks/{feature}_stack.py",
        "docs/features/{feature}.md",
        "tests/unit/{feature}",
        "tests/integration/{feature}",
    ):
        assert _missing_files(pattern) == [], pattern


def test_application_contains_every_feature_stack() -> None:
    source = (ROOT / "stacks" / "application.py").read_text()
    imported = set(re.findall(r"^from stacks\.(\w+)_stack import", source, re.MULTILINE))
    stacks = {path.stem.removesuffix("_stack") for path in (ROOT / "stacks").glob("*_stack.py")}

    assert stacks - imported == set()


def test_import_rules_contain_every_feature_and_entry_module() -> None:
    assert set(FOLDERS) <= set(_import_rules()["root_packages"])
    assert set(_rule("Features know nothing")["modules"]) == set(FOLDERS)
    assert set(_rule("Inside a feature")["containers"]) == set(FEATURES)
    assert set(_rule("A domain is plain")["source_modules"]) == {
        f"{one}.domain" for one in FEATURES
    }
    assert set(FOLDERS) <= set(_rule("kit knows no feature")["forbidden_modules"])
    assert set(FOLDERS) <= set(_rule("Contracts know no feature")["forbidden_modules"])
    assert set(FOLDERS) <= set(_rule("What is deployed")["source_modules"])
    top = set(re.findall(r"\w+", _rule("Inside a feature")["layers"][0]))
    assert {one for one in _entry_modules() if one.split(".")[0] in FEATURES} <= {
        f"{feature}.{module}" for feature in FEATURES for module in top
    }


def test_import_rules_place_every_module_and_folder_in_a_layer() -> None:
    layers = set(re.findall(r"\w+", " ".join(_rule("Inside a feature")["layers"])))
    # Environment variables, a program for the user's machine, and no Python.
    free = {"__init__", "settings", "offline", "templates"}
    found = {
        path.stem
        for feature in FEATURES
        for path in (ROOT / "functions" / feature).iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
    }

    assert found - layers - free == set()


def test_function_fixture_contains_every_entry_module() -> None:
    called = {module for module, _ in FUNCTIONS.values()}

    assert _entry_modules() - NOT_CALLED_BY_TESTS == called


def test_migrations_create_schema_of_every_feature_and_role_of_every_function() -> None:
    sql = "".join(
        path.read_text()
        for path in (ROOT / "migrations").rglob("*.sql")
        if not path.name.endswith(".rollback.sql")
    )
    schemas = set(re.findall(r"CREATE SCHEMA (?:IF NOT EXISTS )?(\w+)", sql))
    roles = set(re.findall(r"app\.ensure_role\('(\w+)'\)", sql))

    assert set(FEATURES) <= schemas
    assert {role for _, role in FUNCTIONS.values() if role} <= roles


def test_architecture_names_every_feature_function_and_entry_module() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+\| ([^|]+)\|$", text, re.MULTILINE))
    named = {
        f"{feature}.{module}"
        for feature in FOLDERS
        for module in re.findall(r"`(\w+)`", rows.get(feature, ""))
    }
    functions = {name for feature in FOLDERS for name in re.findall(r"\w+", rows.get(feature, ""))}

    assert named == _entry_modules()
    assert FUNCTIONS.keys() - functions == set()


def test_slugs_reserve_features_and_first_segments_of_routes() -> None:
    """Every other route precedes `GET /{slug}`: a profile with the slug of a route would be unreachable."""
    served = [route.path for app in applications().values() for route in served_routes(app)]
    keys = [key for key in PUBLIC_ROUTES if "/" in key]
    segments = {path.split("/")[1] for path in (*served, *keys)} | {"static", *FEATURES}
    addressable = {segment for segment in segments if re.fullmatch(r"[a-z0-9-]+", segment)}

    assert addressable - slugs.RESERVED == set()


def test_routes_lead_to_serving_function() -> None:
    """This includes features with two functions, and paths that are similar."""
    served = {module: name for name, (module, _) in FUNCTIONS.items()}
    wrong = [
        f"{method} {route.path}"
        for entry, app in applications().items()
        for route in served_routes(app)
        for method in route.methods or ()
        if function_for(method, route.path.replace("{", "").replace("}", "")) != served[entry]
    ]

    assert wrong == []


def test_applications_serve_router_of_every_routes_and_pages_module() -> None:
    endpoints = {
        route.endpoint.__module__ for app in applications().values() for route in served_routes(app)
    }
    folders = [
        folder for layer in ("routes", "pages") for folder in ROOT.glob(f"functions/*/{layer}")
    ]
    modules = {
        ".".join(path.relative_to(ROOT / "functions").with_suffix("").parts)
        for folder in folders
        for path in folder.rglob("*.py")
        if path.name != "__init__.py"
    }
    with_routes = {
        name
        for name in modules
        if isinstance(router := getattr(import_module(name), "router", None), APIRouter)
        and any(getattr(route, "endpoint", None) for route in router.routes)
    }

    assert with_routes - endpoints == set()


def _names_in(path: Path) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_templates_are_named_by_code_or_other_templates() -> None:
    templates = sorted((ROOT / "functions").glob("*/templates/**/*.html"))
    unused = []
    for feature in {path.relative_to(ROOT / "functions").parts[0] for path in templates}:
        folder = ROOT / "functions" / feature
        named = set[str]().union(*(_names_in(path) for path in folder.rglob("*.py")))
        quoted = {
            name
            for path in templates
            if path.is_relative_to(folder)
            for name in re.findall(r"[\"']([\w/]+\.html)[\"']", path.read_text())
        }
        unused += [
            str(path.relative_to(ROOT))
            for path in templates
            if path.is_relative_to(folder)
            and path.relative_to(folder / "templates").as_posix() not in named | quoted
        ]

    assert unused == []
