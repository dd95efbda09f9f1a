"""Tests of the assets of functions and layers."""

import json
import re
import shutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from aws_cdk import App, Stack

from stacks.constructs import dependencies
from stacks.constructs.assets import code, compile_tree, digest
from tests.infrastructure.synth import Assembly, Resource

ROOT = Path(__file__).parents[2]


def asset(assembly: Assembly, function: Resource) -> Path:
    """Return the folder that becomes the function's zip."""
    key = function.properties["Code"]["S3Key"].removesuffix(".zip")
    return assembly.folder / f"asset.{key}"


def test_function_asset_has_own_feature_only(dev: Assembly) -> None:
    for function in dev.functions:
        feature = function.properties["Handler"].split(".")[0]
        wanted = {feature, "migrations"} if function.id == "OperationsMigrate" else {feature}
        assert {path.name for path in asset(dev, function).iterdir()} == wanted


def test_function_asset_has_handler(dev: Assembly) -> None:
    for function in dev.functions:
        module = function.properties["Handler"].removesuffix(".handler").replace(".", "/")
        assert (asset(dev, function) / f"{module}.py").is_file(), function.id


def test_migration_asset_has_migrations(dev: Assembly) -> None:
    (function,) = (f for f in dev.functions if f.id == "OperationsMigrate")
    carried, sources = (
        {path.relative_to(folder).as_posix() for path in folder.rglob("*.sql")}
        for folder in (asset(dev, function) / "migrations", ROOT / "migrations")
    )

    assert carried == sources
    assert any(name.startswith("repeatable/") for name in carried)


def test_common_layer_has_kit_and_contracts(dev: Assembly) -> None:
    layers = json.loads((dev.folder / "Auth.assets.json").read_text())["files"]
    folders = [dev.folder / one["source"]["path"] for one in layers.values()]
    (common,) = (folder for folder in folders if (folder / "python" / "kit").is_dir())

    assert {path.name for path in (common / "python").iterdir()} == {"contracts", "kit"}
    assert not list(common.rglob("*.pyc"))


def test_dependencies_layer_has_used_service_models() -> None:
    used = {
        name
        for folder in ("functions", "layers/common/python")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"\bclient\(\s*\"([a-z0-9-]+)\"", path.read_text())
    }

    assert used
    assert used <= dependencies.AWS_SERVICES


def test_digest_depends_on_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    first = digest({"one": tmp_path})
    assert digest({"one": tmp_path}) == first
    assert digest({"two": tmp_path}) != first
    assert digest({"one": tmp_path}, "compiled") != first

    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"other")
    assert digest({"one": tmp_path}) == first
    (tmp_path / "a.py").write_text("x = 2\n")
    assert digest({"one": tmp_path}) != first


def test_deployed_asset_has_unchecked_bytecode(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")

    compile_tree(tmp_path)

    (compiled,) = tmp_path.rglob("*.pyc")
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 0b01  # hash-based, unchecked


def test_asset_excludes_caches_and_hidden_files(tmp_path: Path) -> None:
    source, out = tmp_path / "feature", tmp_path / "out"
    (source / "__pycache__").mkdir(parents=True)
    (source / "handler.py").write_text("")
    (source / "__pycache__" / "handler.pyc").write_bytes(b"stale")
    app = App(outdir=str(out), context={"aws:cdk:bundling-stacks": []})

    code(Stack(app, "Stack"), {"feature": source, "absent": tmp_path / "absent"})

    (staged,) = out.glob("asset.*")
    assert [path.name for path in staged.rglob("*") if path.is_file()] == ["handler.py"]


def test_exported_requirements_have_hashes() -> None:
    requirements = dependencies.export_requirements()
    packages = [line for line in requirements.splitlines() if re.match(r"[a-z0-9]", line)]

    assert any(line.startswith("fastapi==") for line in packages)
    assert not any(line.startswith(("pytest", "aws-cdk-lib", "moto")) for line in packages)
    assert requirements.count("--hash=sha256:") >= len(packages)


def test_require_size_over_limit_raises(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(2**20))

    assert dependencies.require_size(tmp_path) == 1.0
    with pytest.raises(RuntimeError, match="Lambda takes 0"):
        dependencies.require_size(tmp_path, limit=0)


@pytest.mark.parametrize("place", [".hidden", ".hidden dir/__pycache__", "Zoë's [new] work"])
def test_asset_below_hidden_folder_has_files(tmp_path: Path, place: str) -> None:
    """Run the `assets` module of a clone below the folder, with the clone's functions."""
    clone, out = tmp_path / place / "clone", tmp_path / "out"
    for name in ("stacks/constructs/assets.py", "functions/operations/handler.py"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, clone / name)
    spec = spec_from_file_location("cloned_assets", clone / "stacks/constructs/assets.py")
    assert spec is not None
    assert spec.loader is not None
    assets = module_from_spec(spec)
    spec.loader.exec_module(assets)
    operations = assets.FUNCTIONS / "operations"
    app = App(outdir=str(out), context={"aws:cdk:bundling-stacks": []})

    first = assets.digest({"operations": operations})
    assets.code(Stack(app, "Stack"), {"operations": operations})
    (operations / "handler.py").write_text("changed = True\n")

    assert assets.digest({"operations": operations}) != first
    (staged,) = out.glob("asset.*")
    assert (staged / "operations/handler.py").is_file()
