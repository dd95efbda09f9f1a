"""Scheduled jobs of data requests.

{"job": "dispatch-data-requests"}, every 15 minutes, puts each new data request into the inbox of every workspace.
{"job": "release-data-request-answers"}, daily, releases the providers' answers to the requesters.
"""

from typing import Any

from crm import settings
from crm.service.data_request_dispatch import DataRequestDailyRelease, DataRequestDispatcher
from crm.vault import Inbox
from kit import clock
from kit.db import Database
from kit.mail import SesMailer
from kit.observability import logger

database = Database.from_environment()


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Run the job that the schedule names."""
    job = event["job"]
    if job == "dispatch-data-requests":
        done = DataRequestDispatcher(
            database, Inbox(settings.keys_table()), clock.now
        ).dispatch_all()
    elif job == "release-data-request-answers":
        address = f"{settings.public_origin()}/privacy"
        evening = DataRequestDailyRelease(
            database, SesMailer(settings.mail_sender()), address, clock.now
        )
        done = evening.release()
        evening.delete_expired()
    else:
        raise ValueError(f"no such job: {job}")
    logger().info("job done", job=job, count=done)
    return {"count": done}
