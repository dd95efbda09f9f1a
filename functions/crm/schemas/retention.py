"""How long what is kept, as the API takes and shows it."""

from datetime import datetime
from uuid import UUID

from crm.domain.retention import DataClass, RetentionTerm
from crm.service.retention import ErasureRecord, RetentionPreview
from kit.http import Request, Response


class RetentionBody(Request):
    """Days by class; null is as it is for everybody. What is not named stays."""

    days: dict[DataClass, int | None]


class RetentionTermView(Response):
    """How long one class of data is kept."""

    data_class: DataClass
    about: str
    days: int
    is_chosen: bool
    default_days: int
    least_days: int
    most_days: int

    @classmethod
    def from_domain(cls, term: RetentionTerm) -> "RetentionTermView":
        """Return it as it is shown."""
        return cls(
            data_class=term.data_class,
            about=term.rule.about,
            days=term.days,
            is_chosen=term.is_chosen,
            default_days=term.rule.default_days,
            least_days=term.rule.min_days,
            most_days=term.rule.max_days,
        )


class RetentionView(Response):
    """Every class."""

    items: list[RetentionTermView]

    @classmethod
    def from_domain(cls, terms: list[RetentionTerm]) -> "RetentionView":
        """Return it as it is shown."""
        return cls(items=[RetentionTermView.from_domain(term) for term in terms])


class RetentionPreviewView(Response):
    """What one rule would take tonight, and what only a legal hold keeps."""

    data_class: DataClass
    days: int
    over: int
    held: int


class PreviewView(Response):
    """What would go tonight."""

    items: list[RetentionPreviewView]

    @classmethod
    def from_domain(cls, records: list[RetentionPreview]) -> "PreviewView":
        """Return it as it is shown."""
        return cls(
            items=[
                RetentionPreviewView(
                    data_class=preview.term.data_class,
                    days=preview.term.days,
                    over=preview.expired,
                    held=preview.held,
                )
                for preview in records
            ]
        )


class ErasureView(Response):
    """The proof that something was erased."""

    id: UUID
    what: str
    counts: dict[str, int]
    erased_at: datetime


class ErasuresView(Response):
    """The last erasures."""

    items: list[ErasureView]

    @classmethod
    def from_domain(cls, records: list[ErasureRecord]) -> "ErasuresView":
        """Return it as it is shown."""
        return cls(items=[ErasureView.model_validate(preview) for preview in records])
