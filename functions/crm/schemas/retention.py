"""How long what is kept, as the API takes and shows it."""

from datetime import datetime
from uuid import UUID

from crm.domain.retention import DataClass, RetentionTerm
from crm.service.retention import ErasureRecord, RetentionPreview
from kit.http import Request, Response


class RetentionBody(Request):
    """Days by class; null is as it is for everybody. What is not named stays."""

    days: dict[DataClass, int | None]


class TermView(Response):
    """How long one class of data is kept."""

    data_class: DataClass
    about: str
    days: int
    is_chosen: bool
    default_days: int
    least_days: int
    most_days: int

    @classmethod
    def from_domain(cls, term: RetentionTerm) -> "TermView":
        """Return it as it is shown."""
        return cls(
            data_class=term.data_class,
            about=term.rule.about,
            days=term.days,
            is_chosen=term.is_chosen,
            default_days=term.rule.days,
            least_days=term.rule.least,
            most_days=term.rule.most,
        )


class RetentionView(Response):
    """Every class."""

    items: list[TermView]

    @classmethod
    def from_domain(cls, terms: list[RetentionTerm]) -> "RetentionView":
        """Return it as it is shown."""
        return cls(items=[TermView.from_domain(term) for term in terms])


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
    def from_domain(cls, found: list[RetentionPreview]) -> "PreviewView":
        """Return it as it is shown."""
        return cls(
            items=[
                RetentionPreviewView(
                    data_class=one.term.data_class, days=one.term.days, over=one.over, held=one.held
                )
                for one in found
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
    def from_domain(cls, found: list[ErasureRecord]) -> "ErasuresView":
        """Return it as it is shown."""
        return cls(items=[ErasureView.model_validate(one) for one in found])
