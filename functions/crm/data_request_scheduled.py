"""Schedule entry: {"job": "ask-books"} brings what people ask into inboxes, {"job": "hand-over"} answers to people.

It has no right to KMS: it seals to books and opens none, nor any answer. It alone learns where a client is reached.
"""

from typing import Any

from crm import settings
from crm.service.data_request_dispatch import AskingBooks, Evening
from crm.vault import Inbox
from kit import clock
from kit.db import Database
from kit.mail import SesMailer
from kit.observability import logger

database = Database.from_environment()


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Run the job that the schedule names."""
    job = event["job"]
    if job == "ask-books":
        done = AskingBooks(database, Inbox(settings.keys_table()), clock.now).run()
    elif job == "hand-over":
        address = f"{settings.public_origin()}/privacy"
        evening = Evening(database, SesMailer(settings.mail_sender()), address, clock.now)
        done = evening.hand_over()
        evening.forget()
    else:
        raise ValueError(f"no such job: {job}")
    logger().info("job done", job=job, count=done)
    return {"count": done}
