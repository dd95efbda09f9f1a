"""Translation of texts with gettext; English is the source language.

    from kit.i18n import N_, ngettext
    from kit.i18n import gettext as _

    _("Saved.")
    _("Cancelled less than %(time)s before the start.", time=format_duration(minutes))
    ngettext("%(count)s client", "%(count)s clients", count)    # `count` is filled in
    LABELS = {Status.OPEN: N_("Open")}                          # marks the text; `_(LABELS[status])` translates it

A language is a catalogue, `locale/<code>/messages.mo` beside this module; `python -m tools.messages` maintains them.
The language holds for one request or one mail (`use_language`), English where nothing was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Protocol

SOURCE_LANGUAGE = "en"
PSEUDO_LANGUAGE = "en-XA"
"""Language of accented letters, made from the sources: what stays plain bypassed the translation."""
LANGUAGE_COOKIE = "language"
_ACCENTS = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÀƁÇĎÈƑĜĤÌĴĶĹḾŃÒṔɊŔŠŢÙṼŴẊÝŽàƀçďèƒĝĥìĵķĺḿńòṕɋŕšţùṽŵẋýž",
)
_LOCALES = Path(__file__).parent / "locale"


class Catalogue(Protocol):
    """Translations of one language, as `gettext.GNUTranslations` reads them."""

    def gettext(self, message: str) -> str:
        """Return the translation of `message`, or `message`."""
        ...

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the translation for the number `n`."""
        ...


_added: dict[str, Catalogue] = {}
_language: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)
_catalogue: ContextVar[Catalogue | None] = ContextVar("catalogue", default=None)


def gettext(message: str, /, **values: object) -> str:
    """Return `message` in the current language, with the placeholders `%(name)s` filled in.

    Without values a percent sign is an ordinary character.
    """
    catalogue = _catalogue.get()
    # The translation of the empty text is the catalogue's header.
    text = catalogue.gettext(message) if catalogue is not None and message else message
    return text % values if values else text


def ngettext(singular: str, plural: str, count: int, /, **values: object) -> str:
    """Return the text for the number `count` in the current language, with `%(count)s` and `values` filled in."""
    return singular_or_plural(singular, plural, count) % ({"count": count} | values)


def singular_or_plural(singular: str, plural: str, count: int) -> str:
    """Return the text for the number `count` in the current language, with its placeholders."""
    catalogue = _catalogue.get()
    source = singular if count == 1 else plural
    return source if catalogue is None else catalogue.ngettext(singular, plural, count)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name, which tools know
    """Mark `message` for translation and return it unchanged, for constants that are translated when shown."""
    return message


def accented(text: str) -> str:
    """Return `text` with accents on all letters, as the pseudo-language shows it."""
    return text.translate(_ACCENTS)


def current_language() -> str:
    """Return the code of the current language, as in `<html lang>`."""
    return _language.get()


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Use the language `code` inside the block, for "de-CH" also "de"; English if there is no such catalogue."""
    known = (one for one in (code, code.partition("-")[0]) if _load(one) is not None)
    chosen = next(known, SOURCE_LANGUAGE)
    language = _language.set(chosen)
    translations = _catalogue.set(_load(chosen))
    try:
        yield
    finally:
        _catalogue.reset(translations)
        _language.reset(language)


def has_translations() -> bool:
    """Tell whether there is a language besides English."""
    return bool(_added or _compiled_languages())


def add_language(code: str, catalogue: Catalogue) -> None:
    """Add a language at run time, or replace it: for tests."""
    _added[code] = catalogue


def remove_language(code: str) -> None:
    """Remove a language that was added at run time."""
    _added.pop(code, None)


def _load(code: str) -> Catalogue | None:
    """Return the catalogue of a language; None for English and unknown codes."""
    if code in _added:
        return _added[code]
    return _read_catalogue(code) if code in _compiled_languages() else None


@cache
def _compiled_languages() -> frozenset[str]:
    return frozenset(path.parent.name for path in _LOCALES.glob("*/messages.mo"))


@cache
def _read_catalogue(code: str) -> Catalogue:
    from gettext import GNUTranslations

    with (_LOCALES / code / "messages.mo").open("rb") as file:
        return GNUTranslations(file)
