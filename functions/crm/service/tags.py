"""The tags of a book: which there are, how often, and calling one something else.

A token cannot be turned back into a tag. How it is spelled is read once from somebody who has it, and remembered as
one of the provider's own documents, so that the list opens no client as a rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from crm.domain.clients import Client
from crm.domain.normalisation import folded_tag
from crm.repository.clients import Clients
from crm.repository.tags import CountedTag, TagTable
from crm.service.legal_holds import require_kept
from crm.service.unlocked_context import Desk
from kit.errors import NotFound

MOST = 500
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, and how many clients have it who are not archived."""

    tag: str
    clients: int


@dataclass(frozen=True, slots=True)
class Renamed:
    """How many clients were changed, and after whom to go on, if there are more."""

    changed: int
    next_after: UUID | None


class TagBook:
    """The tags of one open book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tags = TagTable(desk.work, desk.vault)
        self._clients = Clients(desk.work, desk.vault)

    def all(self) -> list[Tag]:
        """Return the most used ones, by how often and then by name."""
        self._tags.drop_unused()
        counted = self._tags.counted(MOST)
        learned = self._learned([one for one in counted if one.spelled is None])
        found: dict[str, Tag] = {}
        for one in counted:
            spelled = one.spelled or learned.get(one.token)
            if spelled is None:
                continue
            # In the midst of a re-key one tag has two tokens.
            known = found.get(folded_tag(spelled), Tag(spelled, 0))
            found[folded_tag(spelled)] = replace(known, clients=known.clients + one.clients)
        return sorted(found.values(), key=lambda one: (-one.clients, folded_tag(one.tag)))

    def rename(self, tag: str, new: str, after: UUID | None = None) -> Renamed:
        """Call a tag something else with some of the clients who have it; who has both has it once."""
        having = sorted(self._clients.with_token("tag", folded_tag(tag)))
        if not having and after is None:
            raise NotFound("no-such-tag", "Nobody in your book has this tag.")
        left = [one for one in having if after is None or one > after]
        some = left[:AT_ONCE]
        if after is None:
            # It may be spelled otherwise and still have the same token.
            self._tags.drop(self._desk.vault.blind_all("tag", folded_tag(tag)))
        found = self._clients.shown(some, alone=True)
        changed = sum(self._retag(one, tag, new) for one in found if one.opens)
        return Renamed(changed, some[-1] if len(left) > AT_ONCE else None)

    def _retag(self, client: Client, tag: str, new: str) -> bool:
        spelled = [
            new if folded_tag(one) == folded_tag(tag) else one for one in client.details.tags
        ]
        tags = tuple({folded_tag(one): one for one in spelled}.values())
        if tags == client.details.tags:
            return False
        details = replace(client.details, tags=tags)
        require_kept(self._desk, client.id, client.details.document(), details.document())
        now = self._desk.now()
        self._clients.replace(client.id, client.version, details, client.standing, now)
        return True

    def _learned(self, unknown: list[CountedTag]) -> dict[bytes, str]:
        learned: dict[bytes, str] = {}
        for client in self._clients.shown(one.somebody for one in unknown):
            learned |= self._spellings(client.details.tags)
        wanted = {one.token for one in unknown}
        learned = {token: spelled for token, spelled in learned.items() if token in wanted}
        for token, spelled in learned.items():
            self._tags.remember(token, spelled)
        return learned

    def _spellings(self, tags: Iterable[str]) -> dict[bytes, str]:
        vault = self._desk.vault
        return {token: tag for tag in tags for token in vault.blind_all("tag", folded_tag(tag))}
