"""Messages of pages, mails and errors: extraction from the code, and the catalogues of languages.

Commands of `python -m tools.messages`, most of them behind `make messages` and `make language`:

extract          write locale/messages.pot from the code
check            fail if messages.pot is not that of the code, or a translation is wrong
add de           begin a language: locale/de/messages.po; en-XA writes the pseudo-language, ready for use
update           bring every messages.po to the messages of the code
compile          write the messages.mo that functions read
"""

import re
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from kit.formats import LOCALES as CLDR_LOCALES
from kit.i18n import PSEUDO_LANGUAGE, accented

ROOT = Path(__file__).resolve().parents[1]
LOCALES = ROOT / "layers" / "common" / "python" / "kit" / "locale"
TEMPLATE = LOCALES / "messages.pot"
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
_SOURCES = ("functions", "layers/common/python/kit", "layers/common/python/contracts")
_JINJA_OPTIONS = {
    "trimmed": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "false",
}
# Placeholders, and markup within a text, which a translation keeps as they are.
_FIXED = re.compile(r"%\([a-z_]+\)s|%%|<[^>]+>|&[a-z#0-9]+;|\{[a-z_]+\}")


def extract_messages() -> Catalog:
    """Return the messages of the code, sorted, each with the files that use it."""
    catalogue = Catalog(project="hellomahi", charset="utf-8", fuzzy=False)
    found: dict[str | tuple[str, str], set[str]] = {}
    for path in _source_files():
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = {} if path.suffix == ".py" else _JINJA_OPTIONS
        with path.open("rb") as file:
            for _, message, _, _ in extract(method, file, KEYWORDS, options=options):
                key = message if isinstance(message, str) else (message[0], message[1])
                found.setdefault(key, set()).add(str(path.relative_to(ROOT)))
    for key, files in sorted(found.items(), key=lambda item: str(item[0])):
        catalogue.add(key, locations=[(name, 0) for name in sorted(files)], flags=_flags(key))
    return catalogue


def pseudo_catalogue(messages: Catalog) -> Catalog:
    """Return the messages in the pseudo-language: every letter with an accent, placeholders unchanged."""
    catalogue = Catalog(locale="en", charset="utf-8", fuzzy=False)
    for message in _translatable(messages):
        text = message.id
        translation = _pseudo(text) if isinstance(text, str) else tuple(map(_pseudo, text))
        catalogue.add(text, translation, flags=message.flags)
    return catalogue


def compile_catalogue(catalogue: Catalog) -> bytes:
    """Return the catalogue as the content of a messages.mo."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def faults(messages: Catalog, catalogue: Catalog) -> list[str]:
    """Return the faults of a language: missing, fuzzy or stale messages, and lost placeholders."""
    known = {message.id for message in _translatable(messages)}
    found = [f"missing: {text}" for text in known if text not in catalogue]
    for message in _translatable(catalogue):
        if message.id not in known:
            found.append(f"not in the code: {message.id}")
            continue
        if message.fuzzy or not _strings(message):
            found.append(f"not translated: {message.id}")
        found += [
            f"other placeholders than the source: {text}"
            for text in _strings(message)
            if _placeholders(text) != _placeholders(message.id)
        ]
    return sorted(found)


def main(arguments: list[str]) -> int:
    """Run one command."""
    command = arguments[0] if arguments else ""
    messages = extract_messages()
    match command, arguments[1:]:
        case "extract", []:
            TEMPLATE.parent.mkdir(parents=True, exist_ok=True)
            TEMPLATE.write_bytes(_po(messages))
        case "check", []:
            return _check(messages)
        case "add", [code] if code == PSEUDO_LANGUAGE:
            target = LOCALES / code / "messages.mo"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(compile_catalogue(pseudo_catalogue(messages)))
        case "add", [code]:
            _save(code, Catalog(locale=code, charset="utf-8", fuzzy=False), messages)
        case "update", []:
            for path in LOCALES.glob("*/messages.po"):
                _save(path.parent.name, _read(path), messages)
        case "compile", []:
            for path in LOCALES.glob("*/messages.po"):
                path.with_suffix(".mo").write_bytes(compile_catalogue(_read(path)))
        case _:
            sys.stderr.write(__doc__ or "")
            return 2
    return 0


def _check(messages: Catalog) -> int:
    found = []
    if not TEMPLATE.exists() or TEMPLATE.read_bytes() != _po(messages):
        found.append("messages.pot is not that of the code: run `make messages`")
    for path in sorted(LOCALES.glob("*/messages.po")):
        if path.parent.name not in CLDR_LOCALES:
            found.append(f"{path.parent.name}: kit/formats.py names no CLDR locale for it")
        found += [f"{path.parent.name}: {fault}" for fault in faults(messages, _read(path))]
    sys.stderr.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


def _save(code: str, catalogue: Catalog, messages: Catalog) -> None:
    catalogue.update(messages)
    target = LOCALES / code / "messages.po"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_po(catalogue))


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.name)


def _po(catalogue: Catalog) -> bytes:
    file = BytesIO()
    write_po(file, catalogue, omit_header=catalogue.locale is None, include_lineno=False, width=100)
    return file.getvalue()


def _source_files() -> Iterator[Path]:
    for folder in _SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix == ".py" or (path.suffix == ".html" and "templates" in path.parts):
                yield path


def _flags(key: str | tuple[str, str]) -> set[str]:
    texts = (key,) if isinstance(key, str) else key
    return {"python-format"} if any("%(" in text for text in texts) else set()


def _translatable(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _strings(message: Message) -> list[str]:
    texts = (message.string,) if isinstance(message.string, str) else message.string or ()
    return [text for text in texts if text]


def _placeholders(text: str | Sequence[str]) -> set[str]:
    texts = (text,) if isinstance(text, str) else text
    return {found for one in texts for found in re.findall(r"%\([a-z_]+\)s", one)}


def _pseudo(text: str) -> str:
    parts, end = [], 0
    for fixed in _FIXED.finditer(text):
        parts += [accented(text[end : fixed.start()]), fixed.group()]
        end = fixed.end()
    return "".join([*parts, accented(text[end:])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
