"""JSON API of the CRM. Fixed words come before ids."""

from crm.routes import (
    areas,
    clients,
    communications,
    encryption,
    exports,
    financial,
    holds,
    imports,
    inbox,
    merging,
    references,
    retention,
    screening,
    settings,
    tags,
    tasks,
    visits,
)

routers = (
    areas.router,
    financial.router,
    merging.router,
    clients.router,
    communications.router,
    encryption.router,
    exports.router,
    holds.router,
    imports.router,
    inbox.router,
    references.router,
    retention.router,
    screening.router,
    settings.router,
    tags.router,
    tasks.router,
    visits.router,
)

__all__ = ["routers"]
