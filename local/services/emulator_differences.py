"""Collect the changes of queues and mailboxes since the last journal entry, and apply such entries.

Writing a queue or the mailbox as a whole cost 70 microseconds for every message in it, at every message sent and every
message deleted. The operations of SQS cannot be replayed either: a message would get another id. Runs inside the
emulator's environment.
"""

# ruff: noqa: SLF001 - the pinned emulator has no public way to its own state

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from ministack.core import persistence  # type: ignore[import-not-found]
from ministack.services import ses, sqs  # type: ignore[import-not-found]

type Entry = dict[str, Any]
# Account, region, and the name in it.
type Key = tuple[str, str, str]


class QueueDifferences:
    """State of every queue in the journal: its settings, and the receive count of each message."""

    def __init__(self) -> None:
        self._settings: dict[Key, str] = {}
        self._messages: dict[Key, dict[str, int]] = {}

    def collect(self) -> Iterator[Entry]:
        """Yield an entry for every changed queue, and record its state."""
        queues: dict[Key, Entry] = dict(sqs._queues.all_items())
        for key, queue in queues.items():
            settings = {name: value for name, value in queue.items() if name != "messages"}
            text = json.dumps(settings, default=persistence._json_default)
            known = self._messages.get(key, {})
            messages = {one["id"]: one["receive_count"] for one in queue["messages"]}
            if text != self._settings.get(key) or messages != known:
                yield {
                    "queue": key,
                    "settings": settings,
                    "put": [one for one in queue["messages"] if _is_new(one, known)],
                    "removed": [name for name in known if name not in messages],
                }
            self._settings[key], self._messages[key] = text, messages
        for key in self._settings.keys() - queues.keys():
            yield {"queue": key, "settings": None}
            del self._settings[key], self._messages[key]


def apply_queue_entry(entry: Entry) -> None:
    """Apply the changes of `entry` to one queue."""
    account, region, url = entry["queue"]
    if entry["settings"] is None:
        sqs._queues.pop_scoped(account, region, url, None)
    else:
        queue = sqs._queues.get_scoped(account, region, url) or {"messages": []}
        messages = {one["id"]: one for one in [*queue["messages"], *entry["put"]]}
        removed = set(entry["removed"])
        kept = [one for name, one in messages.items() if name not in removed]
        queue.update(entry["settings"], messages=kept)
        sqs._queues.set_scoped(account, region, url, queue)
    sqs._queue_name_to_url.clear()
    sqs._rebuild_queue_name_index()


def release_messages() -> None:
    """Make every received message visible, since its receiver ended with the last run."""
    now = time.time()
    for _, queue in sqs._queues.all_items():
        for message in queue["messages"]:
            if message.get("receive_count"):
                message["visible_at"] = min(message["visible_at"], now)


class MailDifferences:
    """State of every mailbox in the journal: the number of mails, and the last one."""

    def __init__(self) -> None:
        self._known: dict[Key, tuple[int, str]] = {}

    def collect(self) -> Iterator[Entry]:
        """Yield an entry for every changed mailbox, and record its state."""
        for key, mails in ses._sent_emails.all_items():
            count, last = self._known.get(key, (0, ""))
            # A mailbox grows, or was emptied and refilled.
            grew = 0 < count <= len(mails) and mails[count - 1]["MessageId"] == last
            begin = count if grew else 0
            if len(mails) > begin or count > begin:
                yield {"mailbox": key, "begin": begin, "mails": mails[begin:]}
            self._known[key] = (len(mails), mails[-1]["MessageId"] if mails else "")


def apply_mail_entry(entry: Entry) -> None:
    """Apply the changes of `entry` to one mailbox."""
    account, region, name = entry["mailbox"]
    mails = ses._sent_emails.get_scoped(account, region, name) or []
    mails[entry["begin"] :] = entry["mails"]
    ses._sent_emails.set_scoped(account, region, name, mails)


def _is_new(message: Entry, known: dict[str, int]) -> bool:
    return bool(known.get(message["id"]) != message["receive_count"])
