"""JSON API of the CRM. Fixed words come before ids."""

from crm.routes import (
    clients,
    communications,
    encryption,
    holds,
    merging,
    inbox,
    references,
    screening,
    settings,
    tags,
    tasks,
    visits,
)

routers = (
    merging.router,
    clients.router,
    communications.router,
    encryption.router,
    holds.router,
    inbox.router,
    references.router,
    screening.router,
    settings.router,
    tags.router,
    tasks.router,
    visits.router,
)

__all__ = ["routers"]
