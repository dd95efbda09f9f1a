"""What a provider says about being booked: time around meetings, notice, extras, her questions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.calendar import Padding
from bookings.domain.policy import DEFAULT, Policy
from bookings.domain.pricing import Extra
from bookings.domain.text_limits import written
from bookings.domain.venue import Venue
from kit.errors import Invalid

MAX_QUESTIONS, MAX_EXTRAS = 10, 20
LONGEST_ANSWER = 1000
LONGEST_LABEL = 60
HIGHEST_EXTRA = 100_000_00
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the intake form."""

    key: str
    text: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Preferences:
    """Minutes around meetings, and the frame in which requests are taken."""

    buffer_before: int = 0
    buffer_after: int = 30
    travel: int = 30
    """On the way to and from an outcall, on top of the buffers, each way."""
    notice: int = 120
    horizon_days: int = 90
    answer_hours: int = 24
    address_days: int = 7
    """After the end an exact address is kept for so long."""
    questions: tuple[Question, ...] = ()
    extras: tuple[Extra, ...] = ()

    def padding(self, venue: Venue) -> Padding:
        """Return the time around a meeting."""
        way = 0 if venue is Venue.INCALL else self.travel
        return Padding(
            timedelta(minutes=self.buffer_before + way), timedelta(minutes=self.buffer_after + way)
        )

    def earliest(self, now: datetime) -> datetime:
        """Return the earliest start of a new request."""
        return now + timedelta(minutes=self.notice)

    def latest(self, now: datetime) -> datetime:
        """Return the latest one."""
        return now + timedelta(days=self.horizon_days)


@dataclass(frozen=True, slots=True)
class Provider:
    """Whoever is booked: the profile, the account behind it, and what she says."""

    escort_id: UUID
    user_id: UUID
    preferences: Preferences = Preferences()
    policy: Policy = DEFAULT


_BOUNDS = {
    "buffer_before": ("bufferBefore", 0, 240),
    "buffer_after": ("bufferAfter", 0, 240),
    "travel": ("travel", 0, 480),
    "notice": ("notice", 0, 30 * 24 * 60),
    "horizon_days": ("horizonDays", 1, 365),
    "answer_hours": ("answerHours", 1, 72),
    "address_days": ("addressDays", 1, 30),
}


def checked(preferences: Preferences) -> Preferences:
    """Return them, or refuse what cannot be meant."""
    for name, (field, low, high) in _BOUNDS.items():
        if not low <= getattr(preferences, name) <= high:
            raise Invalid("out-of-bounds", f"Choose from {low} to {high}.", field=field)
    _require_keys([q.key for q in preferences.questions], MAX_QUESTIONS, "questions")
    _require_keys([e.key for e in preferences.extras], MAX_EXTRAS, "extras")
    for index, question in enumerate(preferences.questions):
        if not 1 <= len(question.text.strip()) <= 200:
            raise Invalid(
                "question-text", "Use 1 to 200 characters.", field=f"questions.{index}.text"
            )
    for index, extra in enumerate(preferences.extras):
        if not 0 < extra.price.minor_units <= HIGHEST_EXTRA:
            raise Invalid("extra-price", "Enter a price above 0.", field=f"extras.{index}.amount")
        if not 1 <= len(extra.label.strip()) <= LONGEST_LABEL:
            raise Invalid(
                "extra-label",
                f"Use 1 to {LONGEST_LABEL} characters.",
                field=f"extras.{index}.label",
            )
    return preferences


def answered(questions: tuple[Question, ...], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers to these questions, or refuse what is missing, unknown or not fit."""
    known = {question.key for question in questions}
    kept = {}
    for key, text in answers.items():
        if key not in known:
            raise Invalid("unknown-question", "There is no such question.", field=f"answers.{key}")
        kept[key] = written(text, LONGEST_ANSWER, f"answers.{key}", "answer-too-long")
    for question in questions:
        if question.required and not kept.get(question.key):
            raise Invalid(
                "answer-missing", "The provider needs this answer.", field=f"answers.{question.key}"
            )
    return {key: text for key, text in kept.items() if text}


def _require_keys(keys: list[str], most: int, field: str) -> None:
    if len(keys) > most:
        raise Invalid("too-many", f"Up to {most}.", field=field)
    for index, key in enumerate(keys):
        if not _KEY.fullmatch(key) or key in keys[:index]:
            raise Invalid(
                "bad-key",
                "Use a short word of a-z, 0-9 and hyphens, each once.",
                field=f"{field}.{index}.key",
            )
