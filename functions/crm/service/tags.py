"""Tags of a workspace: list, count and rename.

A blind index cannot be turned back into a tag. The spelling is read once from a client that has the tag and cached as a
document of the provider, so that a list usually decrypts no client.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from crm.domain.clients import Client
from crm.domain.normalisation import normalize_tag
from crm.repository.clients import ClientRepository
from crm.repository.tags import CountedTag, TagRepository
from crm.service.legal_holds import require_no_loss_under_hold
from crm.service.unlocked_context import UnlockedContext
from kit.errors import NotFound
from kit.i18n import gettext as _

MAX_TAGS = 500
BATCH_SIZE = 200


@dataclass(frozen=True, slots=True)
class Tag:
    """Tag, and the number of clients with it that are not archived."""

    tag: str
    clients: int


@dataclass(frozen=True, slots=True)
class RenameResult:
    """Number of changed clients, and the id to continue after, if there are more."""

    changed: int
    next_after: UUID | None


class TagService:
    """Tags of one unlocked workspace."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._tags = TagRepository(context.work, context.vault)
        self._clients = ClientRepository(context.work, context.vault)

    def rename(self, tag: str, new: str, after: UUID | None = None) -> RenameResult:
        """Rename a tag for a batch of clients; a client that has both tags keeps one."""
        client_ids = sorted(self._clients.ids_by_token("tag", normalize_tag(tag)))
        if not client_ids and after is None:
            raise NotFound("no-such-tag", _("No client has this tag."))
        remaining_ids = [one for one in client_ids if after is None or one > after]
        batch_ids = remaining_ids[:BATCH_SIZE]
        if after is None:
            # Other spellings may have the same blind index.
            self._tags.delete(self._context.vault.blind_indexes("tag", normalize_tag(tag)))
        found = self._clients.get_many_or_placeholder(batch_ids, alone=True)
        changed = sum(self._retag(one, tag, new) for one in found if one.is_readable)
        return RenameResult(changed, batch_ids[-1] if len(remaining_ids) > BATCH_SIZE else None)

    def _retag(self, client: Client, tag: str, new: str) -> bool:
        spelling = [
            new if normalize_tag(one) == normalize_tag(tag) else one for one in client.profile.tags
        ]
        tags = tuple({normalize_tag(one): one for one in spelling}.values())
        if tags == client.profile.tags:
            return False
        details = replace(client.profile, tags=tags)
        require_no_loss_under_hold(
            self._context,
            client.id,
            client.profile.encrypted_payload(),
            details.encrypted_payload(),
        )
        now = self._context.now()
        self._clients.update(client.id, client.version, details, client.status, now)
        return True

    def _load_spellings(self, uncached: list[CountedTag]) -> dict[bytes, str]:
        spellings: dict[bytes, str] = {}
        for client in self._clients.get_many_or_placeholder(
            one.sample_client_id for one in uncached
        ):
            spellings |= self._spellings(client.profile.tags)
        tokens = {one.token for one in uncached}
        spellings = {token: spelling for token, spelling in spellings.items() if token in tokens}
        for token, spelling in spellings.items():
            self._tags.cache(token, spelling)
        return spellings

    def _spellings(self, tags: Iterable[str]) -> dict[bytes, str]:
        vault = self._context.vault
        return {
            token: tag for tag in tags for token in vault.blind_indexes("tag", normalize_tag(tag))
        }

    def list(self) -> list[Tag]:
        """Return the most used tags, by count and then by name."""
        self._tags.delete_unused()
        counted = self._tags.count(MAX_TAGS)
        spellings = self._load_spellings([one for one in counted if one.spelling is None])
        found: dict[str, Tag] = {}
        for one in counted:
            spelling = one.spelling or spellings.get(one.token)
            if spelling is None:
                continue
            # During a re-key one tag has two blind indexes.
            known = found.get(normalize_tag(spelling), Tag(spelling, 0))
            found[normalize_tag(spelling)] = replace(known, clients=known.clients + one.clients)
        return sorted(found.values(), key=lambda one: (-one.clients, normalize_tag(one.tag)))
