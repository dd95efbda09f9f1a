"""What a book keeps about somebody, in words for them: what is theirs, apart from what is hers to hold back."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.domain.clients import Client
from crm.domain.communications import Communication
from crm.domain.screening import Screening
from crm.domain.subjects import Section
from crm.domain.visits import Visit
from crm.repository.clients import Clients
from crm.repository.kinds import AREAS, COMMUNICATIONS, SCREENINGS, VISITS
from crm.repository.records import Entry, Kept, Kind, Records, Wanted
from crm.service.desk import Desk
from kit.money import Money

MOST = 1_000
"""Of each kind of entry, for each client."""
LONGEST = 60_000
"""Characters of a part: several answers together must fit into one page."""


def sections_of(desk: Desk, client_ids: Iterable[UUID]) -> list[Section]:
    """Return the parts that hold anything.

    Not among them: references, who are other people. Held back unless she says otherwise: her own notes, and checks,
    which are for her safety.
    """
    people = Clients(desk.work, desk.vault).several(client_ids)
    wishes = _told(
        desk, people, AREAS, lambda one: f"{one.entry.area}, {_day(one.entry.consented_at)}"
    )
    sections = [
        Section("details", "Who you are", "\n".join(map(_details, people))),
        Section("visits", "Meetings", _told(desk, people, VISITS, _visit)),
        Section("messages", "Messages and calls", _told(desk, people, COMMUNICATIONS, _message)),
        Section("wishes", "What you asked to hear of", wishes),
        Section("notes", "Notes", "\n".join(_notes(desk, people)), given=False),
        Section("checks", "Checks", _told(desk, people, SCREENINGS, _check), given=False),
    ]
    return [replace(one, text=_short(one.text)) for one in sections if one.text]


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\nThere is more, which is too long for here."


def _told[T: Entry](
    desk: Desk, people: Iterable[Client], kind: Kind[T], say: Callable[[Kept[T]], str]
) -> str:
    records = Records(desk.work, desk.vault, kind)
    found = (r for one in people for r in records.some(Wanted(client_id=one.id), MOST))
    return "\n".join(map(say, found))


def _details(client: Client) -> str:
    details = client.details
    lines = [
        ("Name", [details.name, *details.aliases]),
        ("Phone", details.phones),
        ("E-mail", details.emails),
        ("Known at", [f"{one.site} as {one.handle}" for one in details.reference_sites]),
        ("What you like", [details.preferences] if details.preferences else []),
        ("Kept since", [_day(client.created_at)]),
    ]
    return "\n".join(f"{name}: {', '.join(values)}" for name, values in lines if values)


def _visit(kept: Kept[Visit]) -> str:
    one = kept.entry
    when = one.starts_at.astimezone(ZoneInfo(one.zone))
    said = [f"{when:%d %B %Y, %H:%M}", f"{one.duration_minutes} minutes", str(one.status)]
    if one.received_minor:
        paid = Money(one.received_minor, one.currency).in_whole_units()
        said.append(f"paid {paid} {one.currency}")
    return ", ".join([*said, *filter(None, (one.location, one.preferences))])


def _message(kept: Kept[Communication]) -> str:
    one = kept.entry
    said = " ".join(filter(None, (one.subject, one.text)))
    return f"{_day(one.happened_at)}, {one.type}, {one.direction}: {said}"


def _check(kept: Kept[Screening]) -> str:
    one = kept.entry
    return ", ".join(
        filter(None, (_day(kept.created_at), str(one.type), str(one.status), one.details))
    )


def _notes(desk: Desk, people: list[Client]) -> Iterable[str]:
    yield from (one.details.notes for one in people if one.details.notes)
    tags = sorted({tag for one in people for tag in one.details.tags})
    if tags:
        yield f"Tags: {', '.join(tags)}"
    records = Records(desk.work, desk.vault, VISITS)
    for client in people:
        for kept in records.some(Wanted(client_id=client.id), MOST):
            yield from filter(None, (kept.entry.notes, kept.entry.characteristics))


def _day(moment: object) -> str:
    return f"{moment:%d %B %Y}"
