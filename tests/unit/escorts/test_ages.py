"""Age of a person: no profile before the eighteenth birthday, to the day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escorts.domain.ages import age_on, date_everywhere, require_adult_age
from kit.errors import Invalid


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2000, 6, 15), date(2018, 6, 14), 17),
        (date(2000, 6, 15), date(2018, 6, 15), 18),
        (date(2000, 2, 29), date(2018, 2, 28), 17),
        (date(2000, 2, 29), date(2018, 3, 1), 18),
        (date(2000, 2, 29), date(2020, 2, 28), 19),
        (date(2000, 2, 29), date(2020, 2, 29), 20),
        (date(2000, 12, 31), date(2019, 1, 1), 18),
        (date(2001, 1, 1), date(2018, 12, 31), 17),
    ],
)
def test_age_on_counts_completed_years(birth: date, day: date, age: int) -> None:
    assert age_on(birth, day) == age


@given(
    st.dates(date(1900, 1, 1), date(2090, 1, 1)),
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
)
def test_age_on_next_day_grows_by_at_most_one(birth: date, day: date) -> None:
    step = age_on(birth, day + timedelta(days=1)) - age_on(birth, day)
    assert step in {0, 1}


def test_date_everywhere_has_begun_in_every_time_zone() -> None:
    assert date_everywhere(datetime(2026, 3, 1, 11, 59, tzinfo=UTC)) == date(2026, 2, 28)
    assert date_everywhere(datetime(2026, 3, 1, 12, 0, tzinfo=UTC)) == date(2026, 3, 1)


def test_adult_age_on_birthday_counts_from_last_time_zone() -> None:
    birth = date(2008, 3, 1)
    with pytest.raises(Invalid) as refused:
        require_adult_age(birth, datetime(2026, 3, 1, 11, 59, tzinfo=UTC))
    assert (refused.value.code, refused.value.field) == ("under-age", "dateOfBirth")
    assert require_adult_age(birth, datetime(2026, 3, 1, 12, 0, tzinfo=UTC)) == 18


def test_adult_age_with_wrong_claimed_age_is_refused() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert require_adult_age(date(1996, 1, 1), now, claimed=30) == 30
    with pytest.raises(Invalid, match="does not fit"):
        require_adult_age(date(1996, 1, 1), now, claimed=25)


def test_adult_age_with_implausible_year_is_refused() -> None:
    with pytest.raises(Invalid, match="year of your birth"):
        require_adult_age(date(1026, 1, 1), datetime(2026, 6, 1, tzinfo=UTC))
