"""Request and response models of profile views."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from escorts.service.views import PeriodStatistics
from kit.http import Request, Response


class ViewsQuery(Request):
    """Requested period: days (UTC), both included; by default the last thirty."""

    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")


class DailyViewsView(Response):
    """Views of one day, and the estimated number of distinct visitors."""

    day: date
    views: int
    visitors: int


class ViewStatisticsView(Response):
    """Views of a profile. Visitors cannot be summed over days, since they are counted per day."""

    profile_id: UUID
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    view_count: int
    """Since the profile was created, independent of the period."""
    counted_until: datetime | None
    """End of the last counted hour; later views are not included yet."""
    items: list[DailyViewsView]

    @classmethod
    def from_domain(cls, statistics: PeriodStatistics) -> Self:
        """Return the view of the statistics."""
        return cls(
            profile_id=statistics.profile_id,
            first=statistics.period.first,
            last=statistics.period.last,
            view_count=statistics.total,
            counted_until=statistics.counted_until,
            items=[DailyViewsView.model_validate(day) for day in statistics.days],
        )
