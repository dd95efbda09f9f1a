"""Find circular imports, those under TYPE_CHECKING and inside functions included.

python -m tools.import_cycles     # exit 1 after each circle with the imports that close it
"""

from __future__ import annotations

import ast
import gc
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Each folder on the import path, and the packages below it ("*": all of them).
IMPORT_PATH = {
    "functions": ("*",),
    "layers/common/python": ("*",),
    ".": ("local", "stacks", "bench", "tests", "tools", "web"),
}
# Folders that hold no module of the project.
EXCLUDED = {"__pycache__", "node_modules", "vendor", "dist"}


@dataclass(frozen=True, order=True)
class Import:
    """One module's import of another, and the line that holds it."""

    importer: str
    imported: str
    path: str
    line: int


@dataclass(frozen=True)
class Module:
    """Parsed module of the import path."""

    name: str
    path: str
    tree: ast.Module
    is_package: bool


def read_modules(root: Path) -> dict[str, Module]:
    """Parse every module on the import path, by its dotted name."""
    modules: dict[str, Module] = {}
    for folder, packages in IMPORT_PATH.items():
        for package in packages:
            for path in sorted((root / folder).glob(f"{package}/**/*.py")):
                if EXCLUDED.isdisjoint(path.relative_to(root).parts):
                    module = _read_module(path, root, root / folder)
                    modules[module.name] = module
    return modules


def _read_module(path: Path, root: Path, folder: Path) -> Module:
    parts = path.relative_to(folder).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return Module(name, path.relative_to(root).as_posix(), tree, is_package)


def list_imports(modules: Mapping[str, Module]) -> list[Import]:
    """List the imports among the given modules, an import of itself left out."""
    bound = {
        name: set(_bound_names(module)) for name, module in modules.items() if module.is_package
    }
    found: set[Import] = set()
    for module in modules.values():
        for node in _import_statements(module.tree):
            for target in _targets(node, module, modules, bound):
                if target != module.name:
                    found.add(Import(module.name, target, module.path, node.lineno))
    return sorted(found)


def _import_statements(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Walk statements only: an expression holds no import."""
    bodies: list[Iterable[ast.AST]] = [tree.body]
    while bodies:
        for node in bodies.pop():
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                inner = getattr(node, field, None)
                if isinstance(inner, list):
                    bodies.append(inner)


def _targets(
    node: ast.Import | ast.ImportFrom,
    module: Module,
    modules: Mapping[str, Module],
    bound: Mapping[str, set[str]],
) -> Iterator[str]:
    if isinstance(node, ast.Import):
        # `import a.b.c` runs a and a.b as well; only the module a.b.c is meant, and no name of a package.
        yield from (
            alias.name
            for alias in node.names
            if alias.name in modules and not modules[alias.name].is_package
        )
        return
    source = absolute_name(node, module)
    for alias in node.names:
        below = f"{source}.{alias.name}"
        if below in modules and alias.name not in bound.get(source, ()):
            yield below
        elif source in modules:
            yield source


def absolute_name(node: ast.ImportFrom, module: Module) -> str:
    """Resolve the module after `from`, relative or not, to a dotted name."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    above = node.level - 1 if module.is_package else node.level
    base = package[: len(package) - above]
    return ".".join([*base, *([node.module] if node.module else [])])


def _bound_names(package: Module) -> Iterator[str]:
    """Yield the names a package defines or imports, its own modules left out."""
    for node in package.tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.ImportFrom(names=names) if absolute_name(node, package) != package.name:
                yield from (alias.asname or alias.name for alias in names)


def find_cycles(imports: Sequence[Import]) -> list[list[Import]]:
    """Group the imports that close a circle, one list for each strongly connected component."""
    edges: dict[str, list[str]] = defaultdict(list)
    reverse: dict[str, list[str]] = defaultdict(list)
    for each in imports:
        edges[each.importer].append(each.imported)
        reverse[each.imported].append(each.importer)
    component: dict[str, str] = {}
    for start in reversed(_finished(edges)):
        waiting = [start]
        while waiting:
            module = waiting.pop()
            if module not in component:
                component[module] = start
                waiting += reverse[module]
    circles: dict[str, list[Import]] = defaultdict(list)
    for each in imports:
        if component[each.importer] == component[each.imported]:
            circles[component[each.importer]].append(each)
    return sorted(circles.values())


def _finished(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """Order the modules by the end of their depth-first visit (Kosaraju's first pass)."""
    order: list[str] = []
    seen: set[str] = set()
    for root in sorted(edges):
        path = [(root, iter(edges[root]))] if root not in seen else []
        seen.add(root)
        while path:
            module, targets = path[-1]
            following = next((target for target in targets if target not in seen), None)
            if following is None:
                order.append(module)
                path.pop()
            else:
                seen.add(following)
                path.append((following, iter(edges.get(following, ()))))
    return order


def main(root: Path = ROOT) -> int:
    """Print each circle and return the exit code."""
    # Trees are no garbage before the end: collecting among them doubles the time.
    gc.disable()
    cycles = find_cycles(list_imports(read_modules(root)))
    for number, circle in enumerate(cycles, 1):
        names = sorted({each.importer for each in circle})
        sys.stdout.write(f"circle {number}: {', '.join(names)}\n")
        for each in circle:
            sys.stdout.write(
                f"  {each.path}:{each.line}: {each.importer} imports {each.imported}\n"
            )
    return 1 if cycles else 0


if __name__ == "__main__":
    sys.exit(main())
