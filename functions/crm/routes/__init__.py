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
    privacy,
    references,
    retention,
    screening,
    settings,
    subject_requests,
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
    privacy.router,
    references.router,
    retention.router,
    screening.router,
    settings.router,
    subject_requests.router,
    tags.router,
    tasks.router,
    visits.router,
)

__all__ = ["routers"]
