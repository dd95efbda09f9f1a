"""Request and response models of retention."""

from datetime import datetime
from uuid import UUID

from crm.domain.retention import DataClass, RetentionTerm
from crm.service.retention import ErasureRecord, RetentionPreview
from kit.http import Request, Response
from kit.i18n import gettext as _


class RetentionBody(Request):
    """Days by kind of data; null restores the default. Kinds that are missing stay unchanged."""

    days: dict[DataClass, int | None]


class RetentionTermView(Response):
    """The retention period of one kind of data."""

    data_class: DataClass
    about: str
    days: int
    is_chosen: bool
    default_days: int
    least_days: int
    most_days: int

    @classmethod
    def from_domain(cls, term: RetentionTerm) -> "RetentionTermView":
        """Build the response from a period."""
        return cls(
            data_class=term.data_class,
            about=_(term.rule.about),
            days=term.days,
            is_chosen=term.is_chosen,
            default_days=term.rule.default_days,
            least_days=term.rule.min_days,
            most_days=term.rule.max_days,
        )


class RetentionView(Response):
    """The retention periods of all kinds of data."""

    items: list[RetentionTermView]

    @classmethod
    def from_domain(cls, terms: list[RetentionTerm]) -> "RetentionView":
        """Build the response from the periods."""
        return cls(items=[RetentionTermView.from_domain(term) for term in terms])


class RetentionPreviewView(Response):
    """Rows that one rule would delete tonight, and rows that only a legal hold keeps."""

    data_class: DataClass
    days: int
    over: int
    held: int


class PreviewView(Response):
    """Rows that would be deleted tonight."""

    items: list[RetentionPreviewView]

    @classmethod
    def from_domain(cls, records: list[RetentionPreview]) -> "PreviewView":
        """Build the response from the previews."""
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
    """The receipt of an erasure."""

    id: UUID
    what: str
    counts: dict[str, int]
    erased_at: datetime


class ErasuresView(Response):
    """The last erasure receipts."""

    items: list[ErasureView]

    @classmethod
    def from_domain(cls, records: list[ErasureRecord]) -> "ErasuresView":
        """Build the response from the receipts."""
        return cls(items=[ErasureView.model_validate(preview) for preview in records])
