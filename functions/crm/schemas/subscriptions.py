"""Area notifications, as the API takes and shows them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from crm.domain.enums import NotificationChannel
from crm.domain.subscriptions import AreaSubscription
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Cursor, Limit, Line, OwnId, ShortText, Text, Version
from crm.service.campaigns import CampaignResult
from crm.service.records import RecordPage
from crm.service.subscriptions import CampaignAudience, SubscriptionInput
from kit.datetime_fields import Moment
from kit.http import Request, Response
from kit.ids import new_id

Message = Annotated[Text, StringConstraints(min_length=1, max_length=1000)]


class SubscriptionBody(Request):
    """A client's wish to hear of an area."""

    area: Line = Field(
        description="A city or a region, in the words by which you will announce it."
    )
    channel: NotificationChannel = NotificationChannel.EMAIL
    consented_at: Moment = Field(description="When they asked for it.")
    how: ShortText = Field(
        default="", description="How they asked, for the day that somebody wants to know."
    )

    def to_input(self) -> SubscriptionInput:
        """Return it as the use case takes it."""
        return SubscriptionInput(
            area=self.area, channel=self.channel, consented_at=self.consented_at, how=self.how
        )


class CreateSubscription(SubscriptionBody):
    """A new one."""

    client_id: UUID
    id: OwnId = None


class UpdateSubscription(SubscriptionBody):
    """One as it is to be from now on."""

    version: Version


class Unsubscribe(Request):
    """One that ends."""

    version: Version


class SubscriptionsQuery(Request):
    """Which of them."""

    client_id: UUID | None = None
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> RecordFilter:
        """Return it as the use case takes it."""
        return RecordFilter(client_id=self.client_id)


class SubscriptionView(Response):
    """A wish, and whether it holds."""

    id: UUID
    client_id: UUID
    client_name: str
    area: str
    channel: NotificationChannel
    how: str
    consented_at: datetime
    unsubscribed_at: datetime | None
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_domain(cls, stored: Stored[AreaSubscription], client_name: str) -> "SubscriptionView":
        """Return a wish as it is shown; the link that ends it is its client's alone."""
        entry = stored.payload
        return cls(
            id=stored.id,
            client_id=stored.client_id,
            client_name=client_name,
            area=entry.area,
            channel=entry.channel,
            how=entry.how,
            consented_at=entry.consented_at,
            unsubscribed_at=entry.unsubscribed_at,
            active=entry.unsubscribed_at is None,
            version=stored.version,
            created_at=stored.created_at,
            updated_at=stored.updated_at,
        )


class SubscriptionPage(Response):
    """Some of the wishes."""

    items: list[SubscriptionView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: RecordPage[AreaSubscription]) -> "SubscriptionPage":
        """Return a page of a list."""
        items = [
            SubscriptionView.from_domain(one, page.names.get(one.client_id, ""))
            for one in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor)


class ClientName(Response):
    """A client, by name."""

    id: UUID
    name: str


class CampaignPreviewQuery(Request):
    """Of which area."""

    area: Line


class CampaignPreviewView(Response):
    """Who would hear of it: how many by mail, and whom you would have to tell yourself."""

    by_mail: int
    by_yourself: list[ClientName]
    resting: int = Field(
        description="Written to within the last seven days: they hear nothing now."
    )

    @classmethod
    def from_domain(cls, audience: CampaignAudience) -> "CampaignPreviewView":
        """Return an audience as it is shown."""
        names = [ClientName(id=one.id, name=one.profile.name) for one in audience.by_herself]
        return cls(by_mail=len(audience.by_mail), by_yourself=names, resting=audience.resting)


class CampaignBody(Request):
    """What is told to whoever wants to hear of an area."""

    area: Line
    message: Message
    announcement_id: UUID = Field(
        default_factory=new_id, description="Yours: the same again writes to nobody a second time."
    )


class CampaignResultView(Response):
    """What became of it."""

    letters: int
    by_yourself: list[ClientName]

    @classmethod
    def from_domain(cls, announced: CampaignResult) -> "CampaignResultView":
        """Return it as it is shown."""
        names = [ClientName(id=one.id, name=one.profile.name) for one in announced.manual_recipients]
        return cls(letters=announced.email_count, by_yourself=names)
