"""CopyDatabase of the vault, each with one of its checks taken out.

Found in the code itself, so that a new check has its mutant the moment it is written: every part that a ciphertext is
bound to, every refusal and every half of its condition, every comparison, every condition of a write, every call made
for its effect. What no such rule reaches is in `BY_HAND`.
"""

import ast
import importlib.util
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType

import crm.vault

HOME = Path(crm.vault.__file__).parent
MODULES = sorted(path.stem for path in HOME.glob("*.py") if path.stem not in {"__init__", "errors"})

# module, what stands there, what stands there in the mutant
BY_HAND = [
    ("kms_message", '{"tenant": str(tenant), "purpose": "crm"}', '{"purpose": "crm"}'),
    ("kms_message", '{"tenant": str(tenant), "purpose": "crm"}', '{"tenant": str(tenant)}'),
    ("kms_message", "REQUIRE_ENCRYPT_REQUIRE_DECRYPT", "REQUIRE_ENCRYPT_ALLOW_DECRYPT"),
    ("kms_message", ", max_encrypted_data_keys=1", ""),
    (
        "kms_message",
        "algorithm=SUITE",
        "algorithm=Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384",
    ),
    ("kms_message", "setLevel(logging.CRITICAL + 1)", "setLevel(logging.DEBUG)"),
    ("kms_message", "stream.footer = None", "pass"),
    ("kms_message", "InvalidTag, ValueError", "ValueError"),
    ("kms_message", "not in _FOREIGN", "not in ()"),
    ("kms_message", '"InvalidCiphertextException", ', ""),
    ("kms_message", '"IncorrectKeyException", ', ""),
    ("kms_message", ', "ValidationException"', ""),
    ("key_bundle", "self._cached.get((tenant, _digest(message)))", "self._cached.get(tenant)"),
    (
        "key_bundle",
        "(plaintext, self._now() + CACHE_LIFETIME)",
        "(plaintext, self._now() + 2 * CACHE_LIFETIME)",
    ),
    ("key_bundle", "hashlib.sha256(message).digest()", 'b""'),
    ("primitives", "nonce = os.urandom(NONCE)", "nonce = bytes(NONCE)"),
    ("primitives", "return os.urandom(KEY)", "return bytes(KEY)"),
    ("primitives", "len(text).to_bytes(4) + text", "text"),
    ("primitives", "encrypt(nonce, plaintext, associated_data)", 'encrypt(nonce, plaintext, b"")'),
    ("client_keys", "if_not_exists({_PREFIX}{generation}, :key)", ":key"),
    ("client_keys", '"attribute_exists(tenant)"', "None"),
    ("client_keys", 'f"attribute_exists({_PREFIX}{current})"', "None"),
    ("client_keys", "if generation < current", "if generation != current"),
    ("client_keys", "derive(self._keys.generations[generation].root", "derive(bytes(32)"),
    ("open_vault", "[:_BLIND_INDEX_BYTES]", "[:8]"),
    ("open_vault", "derive(self._key(ref, number), associated_data)", "self._key(ref, number)"),
    (
        "open_vault",
        'derive(self._keys.generations[generation].root, "crm own',
        'derive(bytes(32), "crm own',
    ),
    (
        "open_vault",
        'derive(self._keys.generations[generation].root, "crm blind',
        'derive(bytes(32), "crm blind',
    ),
    ("passphrase", "os.urandom(16).hex()", '"0"'),
    ("passphrase", 'unicodedata.normalize("NFKC", passphrase)', "passphrase"),
    ("passphrase", "iterations=params.passes", "iterations=1"),
    (
        "passphrase",
        "_derive(passphrase, slot.salt, slot.params)",
        "_derive(passphrase, slot.salt, ARGON2_PARAMS)",
    ),
    ("passphrase", "key = _derive(passphrase, salt, params)", "key = bytes(32)"),
    ("passphrase", "_derive(passphrase, slot.salt, slot.params)", "bytes(32)"),
    ("session_unlocks", "derive(secret.encode(), ", 'derive(b"", '),
    ("session_unlocks", "secrets.token_urlsafe(32)", '"0"'),
    ("recovery_code", "os.urandom(_BYTES)", "bytes(_BYTES)"),
    ("recovery_code", '"OIL", "011"', '"", ""'),
    ("keyring", 'int(old["generation"]["N"]) + 1 if old else 1', "1"),
    ("keyring", "keys.without(generation)", "keys"),
    ("keyring", "timedelta(minutes=15)", "timedelta(minutes=14)"),
    ("keyring", " REMOVE message", ""),
    ("keyring", ", version = version + :one", ", version = version"),
    ("keyring", '"attribute_exists(tenant)"', "None"),
    ("keys", "**self.generations, self", "self"),
    ("keys", "min(other for", "max(other for"),
    ("store", "protected_keys(self.bundle).with_keys(tenant, self.lock_key, keys)", "keys"),
    (
        "store",
        "self._cipher.seal(tenant, version + 1, contents)",
        "self._cipher.seal(tenant, version or 1, contents)",
    ),
    ("store", "if name != BUNDLE", ""),
    ("table", '"ConsistentRead": True}}', '"ConsistentRead": False}}'),
    ("table", '"ConsistentRead": True,', '"ConsistentRead": False,'),
    ("inbox", "sorted(context.items())", "context.items()"),
]


@dataclass(frozen=True)
class Mutant:
    """One module with one change."""

    name: str
    module: str
    code: CodeType
    functions: frozenset[str]
    """The functions that were changed; none where it is about the module itself."""


def all_mutants() -> list[Mutant]:
    """Return every mutant, in the order of the code."""
    return [mutant for module in MODULES for mutant in (*_by_rule(module), *_by_hand(module))]


def _by_hand(module: str) -> Iterator[Mutant]:
    source = (HOME / f"{module}.py").read_text()
    flat = ast.unparse(ast.parse(source))
    for where, old, new in BY_HAND:
        if where != module:
            continue
        text = source if old in source else flat
        assert old in text, f"the mutant of {module} is out of date: {old}"
        changed = text.replace(old, new)
        yield _mutant(f"{module}: {old} -> {new}", module, ast.parse(changed))


def _by_rule(module: str) -> Iterator[Mutant]:
    source = (HOME / f"{module}.py").read_text()
    for number in range(10_000):
        tree = ast.parse(source)
        rule = _Rule(number)
        tree = rule.visit(tree)
        if rule.done is None:
            return
        yield _mutant(f"{module}: {rule.done}", module, ast.fix_missing_locations(tree))


def _mutant(name: str, module: str, tree: ast.Module) -> Mutant:
    before = _functions(ast.parse((HOME / f"{module}.py").read_text()))
    changed = {name for name, text in _functions(tree).items() if before.get(name) != text}
    return Mutant(name, module, compile(tree, module, "exec"), frozenset(changed))


def _functions(node: ast.AST, inside: str = "") -> dict[str, str]:
    """Return what each function says, by its qualified name."""
    found = {}
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            name = f"{inside}{child.name}"
            if isinstance(child, ast.FunctionDef):
                found[name] = ast.dump(child)
                name += ".<locals>"
            found |= _functions(child, f"{name}.")
        else:
            found |= _functions(child, inside)
    return found


class _Rule(ast.NodeTransformer):
    """Applies the change of that number."""

    def __init__(self, number: int) -> None:
        self._left = number
        self._scope: list[str] = []
        self.done: str | None = None

    def _mine(self, what: str, node: ast.AST) -> bool:
        if self.done is None and self._left == 0:
            self.done = f"{'.'.join(self._scope)}: {what}: {ast.unparse(node)}"
            return True
        self._left -= 1
        return False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Remember where we are."""
        self._scope.append(node.name)
        self.generic_visit(node)
        self._scope.pop()
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        """A refusal is skipped, and each half of its condition."""
        self.generic_visit(node)
        if not _refuses(node):
            return node
        if isinstance(node.test, ast.BoolOp):
            for index, value in enumerate(node.test.values):
                if self._mine("without", value):
                    rest = [*node.test.values[:index], *node.test.values[index + 1 :]]
                    node.test = ast.BoolOp(node.test.op, rest) if rest[1:] else rest[0]
                    return node
        if self._mine("never", node.test):
            node.test = ast.Constant(value=False)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """A limit is off by one."""
        self.generic_visit(node)
        other = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
        swapped = other.get(type(node.ops[0]))
        if swapped is not None and self._mine("off by one", node):
            node.ops = [swapped()]
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """What is called for its effect is not called."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Call) and self._mine("not called", node):
            return ast.Pass()
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A ciphertext is bound to less, a write has one condition less."""
        self.generic_visit(node)
        name = _called(node)
        first = {"length_prefixed": 0, "derive": 1, "transact": 0, "write": 3}.get(name)
        if first is not None:
            for index, part in enumerate(node.args[first:], first):
                label = isinstance(part, ast.Constant)
                if not label and len(node.args) > 1 and self._mine(f"{name} without", part):
                    del node.args[index]
                    return node
        if name in {"put", "check"}:
            for keyword in node.keywords:
                if self._mine(f"{name} without", keyword.value):
                    node.keywords.remove(keyword)
                    return node
        return node


def _refuses(node: ast.If) -> bool:
    match node.body:
        case [ast.Raise()]:
            return True
        case [ast.Return(value=ast.Constant(value=False))]:
            return True
    return False


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


class _Copies(MetaPathFinder, Loader):
    """Imports the vault's modules from compiled code."""

    def __init__(self, codes: dict[str, CodeType]) -> None:
        self._codes = codes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module of the vault."""
        if fullname not in self._codes:
            return None
        return importlib.util.spec_from_loader(
            fullname, self, is_package=fullname == "crm.vault", origin=fullname
        )

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        exec(self._codes[module.__name__], module.__dict__)


def compiled() -> dict[str, CodeType]:
    """Return the code of every module of the vault, by its full name."""
    codes = {}
    for path in HOME.glob("*.py"):
        name = "crm.vault" if path.stem == "__init__" else f"crm.vault.{path.stem}"
        codes[name] = compile(path.read_text(), str(path), "exec")
    return codes


@contextmanager
def in_place(codes: dict[str, CodeType]) -> Iterator[None]:
    """Let `crm.vault` be a copy made from this code, for a while."""
    import crm

    finder = _Copies(codes)
    # What the SDK logs was silenced by the real one.
    logging.getLogger("aws_encryption_sdk").setLevel(logging.NOTSET)
    real = {name: module for name, module in sys.modules.items() if name in codes}
    for name in real:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in codes:
            sys.modules.pop(name, None)
        sys.modules.update(real)
        crm.vault = real["crm.vault"]
        logging.getLogger("aws_encryption_sdk").setLevel(logging.CRITICAL + 1)
