"""Reading of HTML forms into a validated model or error messages.

Only `application/x-www-form-urlencoded` is read, with the standard library; the one upload has its own reader,
`crm.schemas.uploads`.
"""

from collections.abc import Mapping
from types import UnionType
from typing import TYPE_CHECKING, Annotated, TypeAliasType, Union, get_args, get_origin
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, SecretStr, ValidationError

from kit.errors import DomainError, Invalid, TooLarge
from kit.i18n import gettext as _
from kit.validation import sentence

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

UNPROCESSABLE = 422
"""Status of a page that shows a refused form."""
MAX_BYTES = 64 * 1024
MAX_FIELDS = 200
_CONTENT_TYPE = "application/x-www-form-urlencoded"
_SECRET_WORDS = ("password", "passphrase", "secret", "token")
_SECRET_NAMES = frozenset({"code", "pin", "otp"})
_COLLECTIONS = (list, tuple, set, frozenset)

type Value = str | list[str]


class Form:
    """Values and error messages that a page's form shows."""

    def __init__(
        self,
        values: Mapping[str, object] | None = None,
        errors: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
        prefix: str = "",
    ) -> None:
        self.values = dict(values or {})
        self.errors = dict(errors or {})
        self._labels = dict(labels or {})
        self._prefix = f"{prefix}-" if prefix else ""

    def id(self, name: str) -> str:
        """Return the id of the field `name`; the prefix keeps a page's several forms apart."""
        return f"field-{self._prefix}{name}"

    def value(self, name: str) -> str:
        """Return the value of the field `name`."""
        value = self.values.get(name)
        return "" if value is None or isinstance(value, _COLLECTIONS) else str(value)

    def selected(self, name: str) -> list[str]:
        """Return the selected values of the multi-valued field `name`."""
        value = self.values.get(name)
        if value is None:
            return []
        return [str(item) for item in value] if isinstance(value, _COLLECTIONS) else [str(value)]

    def error(self, name: str) -> str:
        """Return the error message of the field `name`, or an empty text."""
        return self.errors.get(name, "")

    def label(self, name: str) -> str:
        """Return the label of the field `name` in the error summary, in the current language."""
        return _(self._labels.get(name, ""))


class FormErrors(Form):
    """A refused form: an error message per field ("" for the whole form) and the entered values."""

    retry_after: int | None = None
    """Seconds until the next attempt is accepted, after too many of them."""

    @classmethod
    def from_error(cls, error: DomainError, model: BaseModel, *, prefix: str = "") -> "FormErrors":
        """Return the form of `model` with the service's error at its field."""
        known = _fields(type(model))
        values = {
            name: value
            for name, value in model.model_dump(mode="json", by_alias=True).items()
            if not _is_secret(name, known.get(name))
        }
        field = error.field if error.field in known else ""
        form = cls(values, {field or "": error.message}, _labels(known), prefix)
        form.retry_after = error.retry_after
        return form


async def read_form[M: BaseModel](
    request: Request, model: type[M], *, prefix: str = ""
) -> M | FormErrors:
    """Read the request's form as `model`.

    A field left blank counts as absent, so that `None` and defaults work. Spaces around a value
    go, except in a secret. Entered values are returned for filling in again, secrets are not.
    """
    known = _fields(model)
    values = _values(await _body(request), known)
    try:
        return model.model_validate(values)
    except ValidationError as refused:
        details = refused.errors(include_input=False, include_url=False)
    public = {
        name: value for name, value in values.items() if not _is_secret(name, known.get(name))
    }
    errors: dict[str, str] = {}
    for detail in details:
        # An error of a list item has the item's own location; the form knows only the list. An error
        # of no known field belongs to the whole form.
        name = str(detail["loc"][0]) if detail["loc"] else ""
        errors.setdefault(name if name in known else "", sentence(detail))
    return FormErrors(public, errors, _labels(known), prefix)


async def _body(request: Request) -> str:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _CONTENT_TYPE:
        raise Invalid("not-a-form", _("Send this with the form on the page."))
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise TooLarge(
                "form-too-large", _("This is more text than the form takes: shorten it.")
            )
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise Invalid("not-a-form", _("Send this with the form on the page.")) from None


def _values(body: str, known: Mapping[str, "FieldInfo"]) -> dict[str, Value]:
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise Invalid("not-a-form", _("Send this with the form on the page.")) from None
    values: dict[str, Value] = {}
    for name, raw in pairs:
        text = raw if _is_secret(name, known.get(name)) else _strip_control_chars(raw)
        if text == "":
            continue
        if name in known and _is_multi_valued(known[name].annotation):
            earlier = values.setdefault(name, [])
            assert isinstance(earlier, list)  # noqa: S101 - this branch made it
            earlier.append(text)
        else:
            values[name] = text
    return values


def _strip_control_chars(raw: str) -> str:
    """Remove control characters (PostgreSQL refuses NUL) and leading and trailing blanks."""
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign >= " " or sign in "\n\t").strip()


def _fields(model: type[BaseModel]) -> dict[str, "FieldInfo"]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _labels(fields: Mapping[str, "FieldInfo"]) -> dict[str, str]:
    """Return the labels for the error summary: the field's title, else its name as words."""
    return {name: info.title or _label_from_name(name) for name, info in fields.items()}


def _label_from_name(name: str) -> str:
    spaced = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in name)
    return spaced.replace("_", " ").strip().capitalize()


def _is_secret(name: str, info: "FieldInfo | None") -> bool:
    if info is not None and SecretStr in _union_members(info.annotation):
        return True
    return name in _SECRET_NAMES or any(word in name.lower() for word in _SECRET_WORDS)


def _is_multi_valued(annotation: object) -> bool:
    return any((get_origin(part) or part) in _COLLECTIONS for part in _union_members(annotation))


def _union_members(annotation: object) -> list[object]:
    """Return the members of a union type, resolving aliases and annotations."""
    if isinstance(annotation, TypeAliasType):
        return _union_members(annotation.__value__)
    origin = get_origin(annotation)
    if origin is Annotated:
        return _union_members(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [part for member in get_args(annotation) for part in _union_members(member)]
    return [annotation]
