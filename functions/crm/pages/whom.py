"""Choosing somebody of the book in a form."""

from uuid import UUID

from crm.pages.forms import id_of
from crm.service.clients import ClientBook, Query
from crm.service.desk import Desk

MOST = 100


def people_options(desk: Desk, wanted: str = "") -> list[tuple[str, str]]:
    """Return a field's choices: the latest people, and the one who is wanted already.

    Nothing can be written about one who does not open.
    """
    book = ClientBook(desk)
    latest = book.page(Query(limit=MOST)).items
    found = [(str(one.id), one.details.name) for one in latest if one.opens]
    who = id_of(wanted)
    if who is not None and str(who) not in {key for key, _ in found}:
        found.append((str(who), book.one(who).details.name))
    return found


def sites_of(desk: Desk, client: UUID | None) -> list[tuple[str, str]]:
    """Return a field's choices: where somebody is known."""
    if client is None:
        return []
    sites = ClientBook(desk).one(client).details.reference_sites
    return [(name, name) for name in dict.fromkeys(one.site for one in sites)]
