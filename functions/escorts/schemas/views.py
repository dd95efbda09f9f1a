"""What the JSON API says about views of a profile."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from escorts.service.views import PeriodStatistics
from kit.http import Request, Response


class ViewsQuery(Request):
    """Days (UTC), both included; without them the last thirty."""

    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")


class DailyViewsView(Response):
    """One day: how often the profile was looked at, and by about how many different visitors."""

    day: date
    views: int
    visitors: int


class ViewStatisticsView(Response):
    """Views of a profile. Visitors of several days do not add up: nobody is known the next day."""

    profile_id: UUID
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    view_count: int
    """Since the profile exists, whatever the period."""
    counted_until: datetime | None
    """Views are counted hour by hour; later ones are not in the numbers yet."""
    items: list[DailyViewsView]

    @classmethod
    def from_domain(cls, statistics: PeriodStatistics) -> Self:
        """Show what the owner may know."""
        return cls(
            profile_id=statistics.profile_id,
            first=statistics.period.first,
            last=statistics.period.last,
            view_count=statistics.total,
            counted_until=statistics.counted_until,
            items=[DailyViewsView.model_validate(day) for day in statistics.days],
        )
