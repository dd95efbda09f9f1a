"""Declarations of client fields: what merging, import, API, pages and data requests know of each field.

A field of `crm.domain.clients` has its declaration in its annotation:
`pronouns: Annotated[ShortText, ClientField(label="Pronouns", …)] = ""`.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin
from uuid import UUID

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from kit.errors import Invalid

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MAX_TEXT_LENGTH = 10_000
"""Maximum characters of a text that a merge or an import joins from two."""


class Widget(StrEnum):
    """Form field of a client's field."""

    LINE = "line"
    INPUTS = "inputs"
    """One input for each value of a list."""
    LINES = "lines"
    """A text area with one value of a list in each line."""
    TEXT = "text"


class DataRequestSection(StrEnum):
    """Section of a data request in which a field is disclosed."""

    DETAILS = "details"
    NOTES = "notes"
    WITHHELD = "withheld"
    """In no section: ids of the platform, and states that are no data about the person."""


@dataclass(frozen=True, slots=True)
class SearchToken:
    """Search tokens of a value: their kind, and the words that are found."""

    kind: str
    words: Callable[[Any], Iterable[str]]


@dataclass(frozen=True, slots=True)
class ItemType:
    """Conversions of one value: to the encrypted document and back, and to the text of a form and back."""

    to_json: Callable[[Any], Any] = lambda value: value
    from_json: Callable[[Any], Any] = lambda value: value
    to_text: Callable[[Any], str] = str
    from_text: Callable[[str], Any] = str
    to_sentence: Callable[[Any], str] = str


TEXT_ITEM = ItemType()
ID_ITEM = ItemType(str, UUID)


@dataclass(frozen=True, slots=True)
class MergePolicy:
    """Rule for two values of a field: of two merged clients, and of a client and an imported row.

    Both functions receive the field, the value that stays, and the value that is added.
    """

    merge: Callable[["BoundField", Any, Any], Any]
    add_imported: Callable[["BoundField", Any, Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientField:
    """Declaration of a field. A field without `widget` is not edited: it tells where the client came from."""

    merge: MergePolicy
    data_request: DataRequestSection
    data_request_label: str | None = None
    """Label in a data request, if it differs from `label`; fields of one label share a line."""
    label: str = ""
    fact_label: str | None = None
    """Label on the client's page, if it differs from `label`; empty if the page shows the field elsewhere."""
    hint: str = ""
    widget: Widget | None = None
    input_type: str = "text"
    """HTML type of an input: `text`, `tel` or `email`."""
    import_names: str = ""
    """Column names in imported files, besides the field's own name."""
    comma_separates: bool = False
    """Whether a comma separates two values in a cell of an imported file, as a semicolon does."""
    item: ItemType = TEXT_ITEM
    compare_by: Callable[[Any], Hashable] = lambda value: value
    """Form in which two values of a list are compared."""
    token: SearchToken | None = None


@dataclass(frozen=True, eq=False)
class BoundField:
    """Field of a dataclass with its declaration."""

    name: str
    annotation: Any
    default: Any
    declaration: ClientField

    @property
    def json_name(self) -> str:
        """Return the name in JSON, in forms, and in the encrypted document."""
        return to_camel(self.name)

    @property
    def is_required(self) -> bool:
        """Tell whether a client must have a value."""
        return self.default is MISSING

    @property
    def fact_label(self) -> str:
        """Return the label on the client's page; empty if the page shows the field elsewhere."""
        found = self.declaration.fact_label
        return self.declaration.label if found is None else found

    @property
    def data_request_label(self) -> str:
        """Return the label in a data request; empty if the value needs none."""
        found = self.declaration.data_request_label
        return self.declaration.label if found is None else found

    @cached_property
    def is_list(self) -> bool:
        """Tell whether the field has several values."""
        return get_origin(get_args(self.annotation)[0]) is tuple

    @cached_property
    def item_type(self) -> Any:
        """Return the type of one value."""
        own = get_args(self.annotation)[0]
        return get_args(own)[0] if self.is_list else self.annotation

    @cached_property
    def input_annotation(self) -> Any:
        """Return the annotation for the validation of input: a list instead of a tuple.

        pydantic checks the length of a list before its values: of a tuple with 300,000 wrong values it reports each
        (4.7 s, 16 MB of messages).
        """
        own, *metadata = get_args(self.annotation)
        if self.is_list:
            own = list[self.item_type]  # type: ignore[name-defined]
        return Annotated[own, *metadata]

    @cached_property
    def max_items(self) -> int:
        """Return the maximum number of values of a list; 0 if there is none."""
        if not self.is_list:
            return 0
        return _max_length(self.annotation)

    @cached_property
    def max_length(self) -> int:
        """Return the maximum length of one value; 0 if there is none."""
        if is_dataclass(self.item_type):
            return sum(_max_length(one.type) for one in fields(self.item_type))
        return _max_length(self.item_type)

    @cached_property
    def _adapter(self) -> "TypeAdapter[Any]":
        # Imported on first use: consumers of events parse no texts.
        from pydantic import TypeAdapter

        return TypeAdapter(self.input_annotation)

    def to_json(self, value: Any) -> Any:
        """Return a value as the encrypted document holds it; an empty one is left out there."""
        item = self.declaration.item
        if self.is_list:
            return [item.to_json(one) for one in value]
        return item.to_json(value) if value else ""

    def from_json(self, stored: Any) -> Any:
        """Return the value of an encrypted document."""
        item = self.declaration.item
        if self.is_list:
            return tuple(item.from_json(one) for one in stored)
        return item.from_json(stored) if stored or self.is_required else self.default

    def items(self, value: Any) -> tuple[Any, ...]:
        """Return the single values, none for an empty field."""
        if self.is_list:
            return tuple(value)
        return (value,) if value else ()

    def sentences(self, value: Any) -> list[str]:
        """Return the single values as a page or a data request shows them."""
        return [self.declaration.item.to_sentence(one) for one in self.items(value)]

    def parse(self, texts: Sequence[str]) -> Any:
        """Return the value that texts of a form or file mean; raise `Invalid` that names the field."""
        item = self.declaration.item
        try:
            if not self.is_list:
                return self._adapter.validate_python(next(iter(texts), ""))
            raw = [item.from_text(text) for text in dict.fromkeys(texts)]
            return self.distinct(self._adapter.validate_python(raw))
        except ValidationError as refused:
            from kit.validation import sentence

            error = refused.errors(include_input=False, include_url=False)[0]
            raise Invalid(error["type"], sentence(error), field=self.json_name) from None
        except Invalid as error:
            error.field = self.json_name
            raise

    def distinct(self, values: Iterable[Any]) -> tuple[Any, ...]:
        """Return each value of a list once, the last spelling of those that compare equal."""
        return tuple({self.declaration.compare_by(one): one for one in values}.values())


def declared_fields(owner: type[Any]) -> tuple[BoundField, ...]:
    """Return the fields of a dataclass; raise `TypeError` for one without a declaration."""
    found = []
    for field in fields(owner):
        metadata = getattr(field.type, "__metadata__", ())
        declarations = [one for one in metadata if isinstance(one, ClientField)]
        if len(declarations) != 1:
            raise TypeError(f"{owner.__name__}.{field.name} needs a ClientField in its annotation")
        found.append(BoundField(field.name, field.type, field.default, declarations[0]))
    return tuple(found)


def _max_length(annotation: Any) -> int:
    # `Field(max_length=…)` holds its limits as objects of annotated_types.
    limits = [
        limit
        for one in getattr(annotation, "__metadata__", ())
        for limit in getattr(one, "metadata", (one,))
    ]
    return max((getattr(one, "max_length", None) or 0 for one in limits), default=0)


def _keep(_: BoundField, kept: Any, __: Any) -> Any:
    return kept


def _keep_first(_: BoundField, kept: Any, added: Any) -> Any:
    return kept or added


def _add_missing(field: BoundField, kept: Sequence[Any], added: Iterable[Any]) -> tuple[Any, ...]:
    known = {field.declaration.compare_by(one) for one in kept}
    new: dict[Hashable, Any] = {}
    for one in added:
        new.setdefault(field.declaration.compare_by(one), one)
    return (*kept, *(one for compared, one in new.items() if compared not in known))


def _join_texts(_: BoundField, kept: str, added: str) -> str:
    """Return both texts, one below the other; if that is too long, the added text is only in the merge record."""
    if not added or added == kept:
        return kept
    both = f"{kept}\n\n{added}" if kept else added
    return both if len(both) <= MAX_TEXT_LENGTH else kept


def _append_text(_: BoundField, kept: str, added: str) -> str:
    """Return the text with a line added, unless the text has it: an import may be repeated."""
    if not added or added in kept:
        return kept
    both = f"{kept}\n{added}" if kept else added
    return both if len(both) <= MAX_TEXT_LENGTH else kept


KEEP = MergePolicy(_keep, _keep)
"""The value that stays, even if it is empty."""
KEEP_FIRST = MergePolicy(_keep_first, _keep_first)
"""The value that stays, or the added one if that is empty."""
UNION = MergePolicy(_add_missing, _add_missing)
"""All values of both lists."""
JOIN_TEXT = MergePolicy(_join_texts, _append_text)
"""Both texts."""


def strictest(*order: Any) -> MergePolicy:
    """Return the policy that takes the value which is first in `order`; an import changes nothing."""
    return MergePolicy(lambda _, kept, added: min(kept, added, key=order.index), _keep)
