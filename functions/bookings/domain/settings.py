"""Booking settings of a provider: buffers, notice, extras, intake questions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.calendar import Buffers
from bookings.domain.policy import DEFAULT_POLICY, Policy
from bookings.domain.pricing import Extra
from bookings.domain.text_limits import clean_text
from bookings.domain.venue import Venue
from kit.errors import Invalid
from kit.i18n import gettext as _

MAX_QUESTIONS, MAX_EXTRAS = 10, 20
MAX_ANSWER = 1000
MAX_LABEL = 60
MAX_EXTRA_PRICE = 100_000_00
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the intake form."""

    key: str
    text: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class BookingSettings:
    """Buffers in minutes, limits for requests, questions and extras."""

    buffer_before: int = 0
    buffer_after: int = 30
    travel: int = 30
    """Travel time for an outcall, in addition to the buffers, each way."""
    notice: int = 120
    horizon_days: int = 90
    answer_hours: int = 24
    address_days: int = 7
    """Days after the end for which an exact address is stored."""
    questions: tuple[Question, ...] = ()
    extras: tuple[Extra, ...] = ()

    def buffers_for(self, venue: Venue) -> Buffers:
        """Return the buffers around a meeting at this venue."""
        way = 0 if venue is Venue.INCALL else self.travel
        return Buffers(
            timedelta(minutes=self.buffer_before + way), timedelta(minutes=self.buffer_after + way)
        )

    def earliest_start(self, now: datetime) -> datetime:
        """Return the earliest start of a new request."""
        return now + timedelta(minutes=self.notice)

    def latest_start(self, now: datetime) -> datetime:
        """Return the latest start of a new request."""
        return now + timedelta(days=self.horizon_days)


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """A provider's profile and account with the booking settings and the policy."""

    profile_id: UUID
    user_id: UUID
    settings: BookingSettings = BookingSettings()
    policy: Policy = DEFAULT_POLICY


_BOUNDS = {
    "buffer_before": ("bufferBefore", 0, 240),
    "buffer_after": ("bufferAfter", 0, 240),
    "travel": ("travel", 0, 480),
    "notice": ("notice", 0, 30 * 24 * 60),
    "horizon_days": ("horizonDays", 1, 365),
    "answer_hours": ("answerHours", 1, 72),
    "address_days": ("addressDays", 1, 30),
}


def validate_settings(preferences: BookingSettings) -> BookingSettings:
    """Return the settings, or refuse values out of bounds."""
    for name, (field, low, high) in _BOUNDS.items():
        if not low <= getattr(preferences, name) <= high:
            raise Invalid(
                "out-of-bounds",
                _("Choose from %(low)s to %(high)s.", low=low, high=high),
                field=field,
            )
    _require_keys([q.key for q in preferences.questions], MAX_QUESTIONS, "questions")
    _require_keys([e.key for e in preferences.extras], MAX_EXTRAS, "extras")
    for index, question in enumerate(preferences.questions):
        if not 1 <= len(question.text.strip()) <= 200:
            raise Invalid(
                "question-text", _("Use 1 to 200 characters."), field=f"questions.{index}.text"
            )
    for index, extra in enumerate(preferences.extras):
        if not 0 < extra.price.minor_units <= MAX_EXTRA_PRICE:
            raise Invalid(
                "extra-price", _("Enter a price above 0."), field=f"extras.{index}.amount"
            )
        if not 1 <= len(extra.label.strip()) <= MAX_LABEL:
            raise Invalid(
                "extra-label",
                _("Use 1 to %(count)s characters.", count=MAX_LABEL),
                field=f"extras.{index}.label",
            )
    return preferences


def validate_answers(questions: tuple[Question, ...], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers to these questions, or refuse missing, unknown or invalid ones."""
    question_keys = {question.key for question in questions}
    cleaned = {}
    for key, text in answers.items():
        if key not in question_keys:
            raise Invalid(
                "unknown-question", _("There is no such question."), field=f"answers.{key}"
            )
        cleaned[key] = clean_text(text, MAX_ANSWER, f"answers.{key}", "answer-too-long")
    for question in questions:
        if question.required and not cleaned.get(question.key):
            raise Invalid(
                "answer-missing",
                _("The provider needs this answer."),
                field=f"answers.{question.key}",
            )
    return {key: text for key, text in cleaned.items() if text}


def _require_keys(keys: list[str], most: int, field: str) -> None:
    if len(keys) > most:
        raise Invalid("too-many", _("Up to %(most)s.", most=most), field=field)
    for index, key in enumerate(keys):
        if not _KEY.fullmatch(key) or key in keys[:index]:
            raise Invalid(
                "bad-key",
                _("Use a short word of a-z, 0-9 and hyphens, each once."),
                field=f"{field}.{index}.key",
            )
