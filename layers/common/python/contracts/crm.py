"""Events of the CRM: ids alone; never a name, an address or a number of a client."""

from typing import ClassVar
from uuid import UUID

from kit.events import Event


class CampaignEmailQueued(Event):
    """A campaign e-mail is queued, encrypted, and to be sent."""

    source: ClassVar[str] = "hellomahi.crm"

    email_id: UUID
    provider_id: UUID
