"""Dependencies layer: exactly the runtime packages of uv.lock, built for Lambda, without Docker.

`python -m stacks.constructs.dependencies DIRECTORY` builds it alone and prints its size.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsii
from aws_cdk import ILocalBundling
from babel.core import get_global

from kit.formats import LOCALES
from stacks.constructs.assets import ROOT, compile_tree

PLATFORM = "aarch64-manylinux_2_28"
PYTHON = "3.13"
LIMIT_MIB = 200
"""MiB; Lambda's limit for all layers and the function together is 250."""
AWS_SERVICES = frozenset(
    {"cloudfront", "dynamodb", "events", "kms", "secretsmanager", "sesv2", "sqs", "sts"}
)
"""Services whose service models stay in botocore; the others are 90 % of its size."""
CLDR_LOCALES = frozenset(LOCALES.values())
"""Locales whose data stays in Babel, with those that they build on; all of them have 30 MB."""
_JUNK_FOLDERS = ("tests", "test", "__pycache__", "bin")
_RECIPE = "2"
"""Version of the build, to be raised when this file builds other content from the same lock."""


def uv() -> str:
    """Return the running uv, or the one in the PATH, or the project's own."""
    for candidate in (os.environ.get("UV"), shutil.which("uv"), str(ROOT / ".tools/uv/bin/uv")):
        if candidate and Path(candidate).exists():
            return candidate
    raise FileNotFoundError("uv was not found: run `make install` once")


def export_requirements() -> str:
    """Return the runtime dependencies as pinned requirements with hashes."""
    command = [uv(), "export", "--frozen", "--offline", "--no-default-groups", "--no-emit-project"]
    command += ["--no-header", "--no-annotate", "--quiet"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own command


def digest(requirements: str) -> str:
    """Hash the inputs of the layer."""
    recipe = "\0".join(
        [requirements, PLATFORM, PYTHON, _RECIPE, *sorted(AWS_SERVICES), *sorted(CLDR_LOCALES)]
    )
    return hashlib.sha256(recipe.encode()).hexdigest()


@jsii.implements(ILocalBundling)
class Bundler:
    """Local bundler of the layer for the CDK."""

    def __init__(self, requirements: str) -> None:
        self._requirements = requirements

    def try_bundle(self, output_dir: str, *_options: object, **_named: object) -> bool:
        """Build into `output_dir`; return True, so that no container is used."""
        build(self._requirements, Path(output_dir))
        return True


def build(requirements: str, output: Path) -> float:
    """Install, trim and compile into `output`/python; return its size in MiB."""
    target = output / "python"
    pins = output / "requirements.txt"
    pins.write_text(requirements)
    install = [
        uv(),
        "pip",
        "install",
        "--quiet",
        "--requirement",
        str(pins),
        "--target",
        str(target),
    ]
    install += ["--python-platform", PLATFORM, "--python-version", PYTHON, "--no-deps"]
    install += ["--only-binary", ":all:", "--require-hashes", "--link-mode", "copy"]
    subprocess.run(install, cwd=ROOT, check=True)  # noqa: S603 - our own command
    pins.unlink()
    _trim(target)
    compile_tree(target)
    return require_size(output)


def require_size(folder: Path, limit: int = LIMIT_MIB) -> float:
    """Return the size of `folder` in MiB; raise an error over Lambda's limit."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
    if size > limit:
        raise RuntimeError(f"the dependencies layer has {size:.0f} MiB; Lambda takes {limit}")
    return size


def _trim(target: Path) -> None:
    """Remove files that no function reads: tests, scripts, unused AWS services and languages."""
    for name in _JUNK_FOLDERS:
        for folder in target.rglob(name):
            if folder.is_dir():
                shutil.rmtree(folder)
    data = target / "botocore" / "data"
    for service in data.iterdir():
        if service.is_dir() and service.name not in AWS_SERVICES:
            shutil.rmtree(service)
    shutil.rmtree(target / "boto3" / "examples", ignore_errors=True)
    _trim_locales(target / "babel" / "locale-data")


def _trim_locales(folder: Path) -> None:
    kept = {name for locale in CLDR_LOCALES for name in locale_parents(locale)}
    for path in folder.glob("*.dat"):
        if path.stem not in kept:
            path.unlink()


def locale_parents(locale: str) -> list[str]:
    """Return the locale and those whose data it builds on: en_GB, en_001, en, root."""
    names = [locale]
    while names[-1] != "root":
        exceptions = get_global("parent_exceptions")
        parent = exceptions.get(names[-1]) or names[-1].rpartition("_")[0] or "root"
        names.append(parent)
    return names


if __name__ == "__main__":
    destination = Path(sys.argv[1])
    destination.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"{destination}: {build(export_requirements(), destination):.1f} MiB\n")
