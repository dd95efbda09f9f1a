"""Code of a function environment: the packages of its assets, linked from the source tree.

The staged assets determine the top-level packages of a function and its layers; each becomes a
link to the package in the source tree. So an edit is live without a synthesis, and a package
that the stack does not ship cannot be imported here either.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from local.template import TemplateError
from local.template.specs import FunctionSpec

# The folders of the source tree that a top-level name of an asset may come from.
_SOURCES = ("functions", "layers/common/python", ".")
# Distributions of Lambda's managed runtime, available without a layer.
_MANAGED = (
    "awslambdaric",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "lazy_importer",
    "runtime_client",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot_restore_py",
    "urllib3",
)


@dataclass(frozen=True)
class CodeView:
    """Folders that replace `/var/task` and `/opt/python` of one function."""

    task: Path
    opt: Path
    third_party: bool  # a layer ships third-party packages

    @classmethod
    def build(cls, spec: FunctionSpec, *, source: Path, views: Path) -> "CodeView":
        """Link the content of the function's assets, replacing an earlier view."""
        if spec.code is None or not spec.code.is_dir():
            raise TemplateError(f"{spec.resource} has no code directory: {spec.code}")
        root = views / spec.name.replace(":", "-")
        shutil.rmtree(root, ignore_errors=True)
        view = cls(root / "task", root / "opt", any(map(_third_party, spec.layers)))
        _link(spec.code.iterdir(), view.task, source)
        ours = (layer / "python" for layer in spec.layers if not _third_party(layer))
        _link((entry for layer in ours for entry in layer.iterdir()), view.opt, source)
        return view

    def fingerprint(self) -> int:
        """Return a number that changes whenever a file of the view changes."""
        return hash(frozenset(_files(self.task)) | frozenset(_files(self.opt)))


def _third_party(layer: Path) -> bool:
    """Tell whether a layer is the built third-party layer, or its recipe if the synthesis did not build it."""
    packages = layer / "python"
    return not packages.is_dir() or next(packages.glob("*.dist-info"), None) is not None


def _link(entries: Iterable[Path], folder: Path, source: Path) -> None:
    folder.mkdir(parents=True)
    for entry in sorted(entries):
        link = folder / entry.name
        if entry.name != "__pycache__" and not link.is_symlink():
            candidates = (source / place / entry.name for place in _SOURCES)
            live = next((path for path in candidates if path.exists()), entry)
            link.symlink_to(live.resolve(), target_is_directory=live.is_dir())


def _files(folder: str | os.PathLike[str]) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "__pycache__")):
                continue
            if entry.is_dir():
                yield from _files(entry)
            else:
                status = entry.stat()
                yield entry.path, status.st_mtime_ns, status.st_size


class Interpreter:
    """Python interpreter that replaces Lambda's, and its command line for a view."""

    def __init__(self, executable: Path, links: Path) -> None:
        self._executable = executable
        self._links = links

    def command(self, view: CodeView, handler: str) -> list[str]:
        """Return the command line; without a third-party layer the site packages are excluded."""
        flags = [] if view.third_party else ["-S"]
        return [str(self._executable), *flags, "-m", "awslambdaric", handler]

    def search_path(self, view: CodeView) -> str:
        """Return PYTHONPATH; the task folder comes first, as the working directory."""
        folders = [view.opt] if view.third_party else [view.opt, self._managed]
        return os.pathsep.join(map(str, folders))

    @cached_property
    def _managed(self) -> Path:
        """Return the folder with links to the packages of the managed runtime."""
        shutil.rmtree(self._links, ignore_errors=True)
        self._links.mkdir(parents=True)
        packages = next(self._executable.parent.parent.glob("lib/python*/site-packages"))
        for entry in packages.iterdir():
            if entry.name.partition(".")[0] in _MANAGED:
                (self._links / entry.name).symlink_to(entry)
        return self._links
