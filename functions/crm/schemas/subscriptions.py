"""Area subscriptions and campaigns: bodies, queries and views of the API."""

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
    """Body of an area subscription."""

    area: Line = Field(description="City or region, as campaigns will name it.")
    channel: NotificationChannel = NotificationChannel.EMAIL
    consented_at: Moment = Field(description="When the client consented.")
    how: ShortText = Field(default="", description="How the client consented, as proof of consent.")

    def to_input(self) -> SubscriptionInput:
        """Return the input of the service."""
        return SubscriptionInput(
            area=self.area, channel=self.channel, consented_at=self.consented_at, how=self.how
        )


class CreateSubscription(SubscriptionBody):
    """Body of a new subscription."""

    client_id: UUID
    id: OwnId = None


class UpdateSubscription(SubscriptionBody):
    """Body of an updated subscription."""

    version: Version


class Unsubscribe(Request):
    """Body that ends a subscription."""

    version: Version


class SubscriptionsQuery(Request):
    """Query of the subscription list."""

    client_id: UUID | None = None
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> RecordFilter:
        """Return the filter of the service."""
        return RecordFilter(client_id=self.client_id)


class SubscriptionView(Response):
    """Area subscription, and whether it is active."""

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
        """Return the view of a subscription; the unsubscribe link belongs to the client alone and is left out."""
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
    """Page of subscriptions."""

    items: list[SubscriptionView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: RecordPage[AreaSubscription]) -> "SubscriptionPage":
        """Return the view of a page."""
        items = [
            SubscriptionView.from_domain(one, page.names.get(one.client_id, ""))
            for one in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor)


class ClientName(Response):
    """Client by name."""

    id: UUID
    name: str


class CampaignPreviewQuery(Request):
    """Query of a campaign preview."""

    area: Line


class CampaignPreviewView(Response):
    """Recipients of a campaign: their number by e-mail, and the clients to contact by hand."""

    by_mail: int
    by_yourself: list[ClientName]
    resting: int = Field(description="Got an e-mail within the last seven days: they get none now.")

    @classmethod
    def from_domain(cls, audience: CampaignAudience) -> "CampaignPreviewView":
        """Return the view of an audience."""
        names = [ClientName(id=one.id, name=one.profile.name) for one in audience.manual_recipients]
        return cls(
            by_mail=len(audience.email_recipients), by_yourself=names, resting=audience.in_cooldown
        )


class CampaignBody(Request):
    """Body of a campaign."""

    area: Line
    message: Message
    announcement_id: UUID = Field(
        default_factory=new_id, description="Chosen by the caller: a repeated id sends nothing."
    )


class CampaignResultView(Response):
    """Result of a campaign."""

    letters: int
    by_yourself: list[ClientName]

    @classmethod
    def from_domain(cls, result: CampaignResult) -> "CampaignResultView":
        """Return the view of a campaign's result."""
        names = [ClientName(id=one.id, name=one.profile.name) for one in result.manual_recipients]
        return cls(letters=result.email_count, by_yourself=names)
