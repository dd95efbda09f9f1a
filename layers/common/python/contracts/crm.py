"""What the CRM tells: ids alone; never a name, an address or a number of a client."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class CampaignEmailQueued(Event):
    """A letter to somebody who asked to hear of an area is to be sent; it waits sealed."""

    source: ClassVar[str] = "hellomahi.crm"

    email_id: UUID
    provider_id: UUID
