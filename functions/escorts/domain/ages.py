"""Age of a person, and the check that the person is an adult."""

from datetime import date, datetime, timedelta

from kit.errors import Invalid
from kit.i18n import gettext as _

ADULT_AGE = 18
MAX_AGE = 100


def date_everywhere(now: datetime) -> date:
    """Return the date that has begun everywhere on Earth (UTC-12).

    So a person counts as an adult only when they are one everywhere the profile may be read.
    """
    return (now - timedelta(hours=12)).date()


def age_on(birth_date: date, day: date) -> int:
    """Return the completed years on `day`. A leap day's anniversary in a common year is 1 March."""
    before_birthday = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - before_birthday


def require_adult_age(birth_date: date, now: datetime, *, claimed: int | None = None) -> int:
    """Return the age to show; refuse a person under 18, and a claimed age that does not match."""
    age = age_on(birth_date, date_everywhere(now))
    if age < ADULT_AGE:
        raise Invalid(
            "under-age", _("You must be 18 or older to have a profile here."), field="dateOfBirth"
        )
    if age > MAX_AGE:
        raise Invalid(
            "implausible-date-of-birth", _("Check the year of your birth."), field="dateOfBirth"
        )
    if claimed is not None and claimed != age:
        raise Invalid(
            "age-mismatch",
            _("This age does not fit the date of birth: leave it out, we derive it."),
            field="age",
        )
    return age
