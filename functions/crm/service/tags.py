"""The tags of a book: which there are, how often, and calling one something else.

A token cannot be turned back into a tag. How it is spelled is read once from somebody who has it, and remembered as
one of the provider's own documents, so that the list opens no client as a rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from crm.domain.clients import Client
from crm.domain.normalisation import normalize_tag
from crm.repository.clients import ClientRepository
from crm.repository.tags import CountedTag, TagRepository
from crm.service.legal_holds import require_kept
from crm.service.unlocked_context import UnlockedContext
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


class TagService:
    """The tags of one open book."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._tags = TagRepository(context.work, context.vault)
        self._clients = ClientRepository(context.work, context.vault)

    def rename(self, tag: str, new: str, after: UUID | None = None) -> Renamed:
        """Call a tag something else with some of the clients who have it; who has both has it once."""
        having = sorted(self._clients.ids_by_token("tag", normalize_tag(tag)))
        if not having and after is None:
            raise NotFound("no-such-tag", "Nobody in your book has this tag.")
        left = [one for one in having if after is None or one > after]
        some = left[:AT_ONCE]
        if after is None:
            # It may be spelled otherwise and still have the same token.
            self._tags.delete(self._context.vault.blind_indexes("tag", normalize_tag(tag)))
        found = self._clients.get_many_or_placeholder(some, alone=True)
        changed = sum(self._retag(one, tag, new) for one in found if one.is_readable)
        return Renamed(changed, some[-1] if len(left) > AT_ONCE else None)

    def _retag(self, client: Client, tag: str, new: str) -> bool:
        spelled = [
            new if normalize_tag(one) == normalize_tag(tag) else one for one in client.profile.tags
        ]
        tags = tuple({normalize_tag(one): one for one in spelled}.values())
        if tags == client.profile.tags:
            return False
        details = replace(client.profile, tags=tags)
        require_kept(
            self._context,
            client.id,
            client.profile.encrypted_payload(),
            details.encrypted_payload(),
        )
        now = self._context.now()
        self._clients.update(client.id, client.version, details, client.status, now)
        return True

    def _learned(self, unknown: list[CountedTag]) -> dict[bytes, str]:
        learned: dict[bytes, str] = {}
        for client in self._clients.get_many_or_placeholder(one.somebody for one in unknown):
            learned |= self._spellings(client.profile.tags)
        wanted = {one.token for one in unknown}
        learned = {token: spelled for token, spelled in learned.items() if token in wanted}
        for token, spelled in learned.items():
            self._tags.cache(token, spelled)
        return learned

    def _spellings(self, tags: Iterable[str]) -> dict[bytes, str]:
        vault = self._context.vault
        return {
            token: tag for tag in tags for token in vault.blind_indexes("tag", normalize_tag(tag))
        }

    def list(self) -> list[Tag]:
        """Return the most used ones, by how often and then by name."""
        self._tags.delete_unused()
        counted = self._tags.count(MOST)
        learned = self._learned([one for one in counted if one.spelled is None])
        found: dict[str, Tag] = {}
        for one in counted:
            spelled = one.spelled or learned.get(one.token)
            if spelled is None:
                continue
            # In the midst of a re-key one tag has two tokens.
            known = found.get(normalize_tag(spelled), Tag(spelled, 0))
            found[normalize_tag(spelled)] = replace(known, clients=known.clients + one.clients)
        return sorted(found.values(), key=lambda one: (-one.clients, normalize_tag(one.tag)))
