"""Area notifications, as the API takes and shows them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from crm.domain.enums import NotificationChannel
from crm.domain.subscriptions import AreaConsent
from crm.repository.encrypted_records import Kept, Wanted
from crm.schemas.fields import Cursor, Limit, Line, OwnId, ShortText, Text, Version
from crm.service.campaigns import Announced
from crm.service.records import EntryPage
from crm.service.subscriptions import Audience, NewConsent
from kit.datetime_fields import Moment
from kit.http import Request, Response
from kit.ids import new_id

Message = Annotated[Text, StringConstraints(min_length=1, max_length=1000)]


class ConsentBody(Request):
    """A client's wish to hear of an area."""

    area: Line = Field(
        description="A city or a region, in the words by which you will announce it."
    )
    channel: NotificationChannel = NotificationChannel.EMAIL
    consented_at: Moment = Field(description="When they asked for it.")
    how: ShortText = Field(
        default="", description="How they asked, for the day that somebody wants to know."
    )

    def to_new(self) -> NewConsent:
        """Return it as the use case takes it."""
        return NewConsent(
            area=self.area, channel=self.channel, consented_at=self.consented_at, how=self.how
        )


class CreateConsent(ConsentBody):
    """A new one."""

    client_id: UUID
    id: OwnId = None


class UpdateConsent(ConsentBody):
    """One as it is to be from now on."""

    version: Version


class EndConsent(Request):
    """One that ends."""

    version: Version


class ConsentsQuery(Request):
    """Which of them."""

    client_id: UUID | None = None
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_wanted(self) -> Wanted:
        """Return it as the use case takes it."""
        return Wanted(client_id=self.client_id)


class ConsentView(Response):
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
    def seen(cls, kept: Kept[AreaConsent], client_name: str) -> "ConsentView":
        """Return a wish as it is shown; the link that ends it is its client's alone."""
        entry = kept.entry
        return cls(
            id=kept.id,
            client_id=kept.client_id,
            client_name=client_name,
            area=entry.area,
            channel=entry.channel,
            how=entry.how,
            consented_at=entry.consented_at,
            unsubscribed_at=entry.unsubscribed_at,
            active=entry.unsubscribed_at is None,
            version=kept.version,
            created_at=kept.created_at,
            updated_at=kept.updated_at,
        )


class ConsentPage(Response):
    """Some of the wishes."""

    items: list[ConsentView]
    next_cursor: str | None

    @classmethod
    def of(cls, page: EntryPage[AreaConsent]) -> "ConsentPage":
        """Return a page of a list."""
        items = [ConsentView.seen(one, page.names.get(one.client_id, "")) for one in page.items]
        return cls(items=items, next_cursor=page.next_cursor)


class Somebody(Response):
    """A client, by name."""

    id: UUID
    name: str


class AudienceQuery(Request):
    """Of which area."""

    area: Line


class AudienceView(Response):
    """Who would hear of it: how many by mail, and whom you would have to tell yourself."""

    by_mail: int
    by_yourself: list[Somebody]
    resting: int = Field(
        description="Written to within the last seven days: they hear nothing now."
    )

    @classmethod
    def of(cls, audience: Audience) -> "AudienceView":
        """Return an audience as it is shown."""
        names = [Somebody(id=one.id, name=one.details.name) for one in audience.by_herself]
        return cls(by_mail=len(audience.by_mail), by_yourself=names, resting=audience.resting)


class AnnounceBody(Request):
    """What is told to whoever wants to hear of an area."""

    area: Line
    message: Message
    announcement_id: UUID = Field(
        default_factory=new_id, description="Yours: the same again writes to nobody a second time."
    )


class AnnouncedView(Response):
    """What became of it."""

    letters: int
    by_yourself: list[Somebody]

    @classmethod
    def of(cls, announced: Announced) -> "AnnouncedView":
        """Return it as it is shown."""
        names = [Somebody(id=one.id, name=one.details.name) for one in announced.by_herself]
        return cls(letters=announced.letters, by_yourself=names)
