"""Bookings flow into a book: sealed to its owner when they happen, written in when she opens it.

Who delivers cannot read what waits, and needs no key of the book. Who drains it is the open book itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.domain.booking_snapshot import BookingNews, BookingState, Said
from crm.domain.clients import Details, Standing
from crm.domain.data_requests import Asked
from crm.domain.enums import ClientSource, VisitType
from crm.domain.visits import Visit
from crm.repository.booking_facts import Booked, booked
from crm.repository.booking_sync import InboxTable, Waiting
from crm.repository.clients import Clients
from crm.repository.encrypted_records import Kept, Records, Wanted
from crm.repository.record_types import VISITS
from crm.repository.workspaces import has_book
from crm.service.data_requests import take_in
from crm.service.unlocked_context import Desk, enter_as
from crm.vault import Inbox, NoVault, VaultShredded
from kit.db import UnitOfWork
from kit.errors import Unavailable
from kit.ids import new_id
from kit.observability import log_failure

BOOKING = "booking"
AT_ONCE = 50
_OVERNIGHT = 8 * 60
_ENDED_BEFORE = frozenset({BookingState.CANCELLED, BookingState.RESCHEDULED})
_NOWHERE = Booked("UTC", "incall", was_confirmed=True)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Puts what happens into inboxes, in the transaction of whoever heard of it."""

    work: UnitOfWork
    inbox: Inbox

    def booking(self, provider_id: UUID, event_id: UUID, news: BookingNews, now: datetime) -> bool:
        """Put news of a booking in; False where that provider has no book, or none any more."""
        enter_as(self.work, provider_id)
        if not has_book(self.work, provider_id):
            return False
        try:
            sealed = self.inbox.seal(provider_id, news.document(), context_of(BOOKING, event_id))
        except (NoVault, VaultShredded):
            return False
        InboxTable(self.work, provider_id).add(event_id, BOOKING, sealed, now)
        return True


def drain(desk: Desk, limit: int = AT_ONCE) -> int:
    """Write what waits into the open book, the oldest first; return how many rows were looked at.

    What does not open is counted, and left aside after some tries: it keeps nobody out of her book.
    """
    table = InboxTable(desk.work, desk.provider_id)
    if not table.holds_any() or not table.enter():
        return 0
    waiting = table.oldest(limit)
    for one in waiting:
        try:
            with desk.work.savepoint():
                _write_in(desk, one)
                table.remove(one.id)
        except Unavailable:
            raise  # Nothing is wrong with the row.
        except Exception as error:
            log_failure("an entry of the inbox was left", error, entry_id=str(one.id))
            table.note_failure(one.id)
    return len(waiting)


def settle(desk: Desk) -> None:
    """Empty the inbox in a transaction of its own: what the request does later does not undo it."""
    if drain(desk):
        desk.work.commit()
        enter_as(desk.work, desk.provider_id)


def _write_in(desk: Desk, waiting: Waiting) -> None:
    document = desk.vault.open_inbox(waiting.sealed, context_of(waiting.kind, waiting.id))
    match waiting.kind:
        case "booking":
            _book(desk, BookingNews.of(document))
        case "subject":
            take_in(desk, waiting.id, Asked.of(document))
        case _:
            raise LookupError("nobody knows what this is")


def _book(desk: Desk, news: BookingNews) -> None:
    records = Records(desk.work, desk.vault, VISITS)
    found = records.some(Wanted(equal={"booking_id": news.booking_id}), 1)
    if found:
        _change(desk, records, found[0], news.said)
        return
    place = booked(desk.work, news.booking_id) or _NOWHERE
    if news.said.state in _ENDED_BEFORE and not place.was_confirmed:
        return  # Somebody asked and thought better of it: no visit, and nobody to keep.
    client_id = _client(desk, news, place)
    records.add(client_id, _visit(news, place), desk.now())


def _change(desk: Desk, records: Records[Visit], kept: Kept[Visit], news: Said) -> None:
    """Let the visit follow its booking, except where she wrote something else herself."""
    visit, before = kept.entry, kept.entry.said
    said = before.put_together(news) if before else news
    if before == said:
        return
    changed = replace(visit, said=said)
    # Where nothing is known of what was said, its texts were forgotten long ago: then all of it is hers.
    if before and visit.status is before.status:
        changed = replace(changed, status=said.status)
    if before and all(getattr(visit, name) == value for name, value in before.money().items()):
        changed = replace(changed, **said.money())
    records.replace(kept.id, kept.version, changed, desk.now())


def _visit(news: BookingNews, place: Booked) -> Visit:
    kind = VisitType(place.venue)
    if kind is not VisitType.TRAVEL and news.minutes >= _OVERNIGHT:
        kind = VisitType.OVERNIGHT
    return Visit(
        starts_at=news.starts_at,
        zone=place.zone,
        duration_minutes=news.minutes,
        type=kind,
        status=news.said.status,
        booking_id=news.booking_id,
        said=news.said,
        **({"currency": "EUR"} | news.said.money()),
    )


def _client(desk: Desk, news: BookingNews, place: Booked) -> UUID:
    """Return who it is in the book; somebody new is called by the day alone."""
    clients = Clients(desk.work, desk.vault)
    if known := clients.with_token("account", news.client_account.hex):
        return known[0]
    day = news.starts_at.astimezone(ZoneInfo(place.zone))
    details = Details(name=f"Client of {day.day} {day:%B %Y}", account_id=news.client_account)
    standing = Standing(source=ClientSource.BOOKING)
    return clients.add(new_id(), details, standing, desk.now()).id


def context_of(kind: str, row_id: UUID) -> dict[str, str]:
    """Return what a row is bound to: copied under another id, or said to be something else, it does not open."""
    return {"kind": kind, "id": row_id.hex}
