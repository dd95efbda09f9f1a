"""JSON API of the CRM. Routes with fixed words come before routes with ids."""

from crm.routes import (
    booking_sync,
    clients,
    communications,
    data_requests,
    encryption,
    exports,
    finance,
    imports,
    legal_holds,
    merging,
    my_data_requests,
    references,
    retention,
    screening,
    settings,
    subscriptions,
    tags,
    tasks,
    visits,
)

routers = (
    subscriptions.router,
    finance.router,
    merging.router,
    clients.router,
    communications.router,
    encryption.router,
    exports.router,
    legal_holds.router,
    imports.router,
    booking_sync.router,
    my_data_requests.router,
    references.router,
    retention.router,
    screening.router,
    settings.router,
    data_requests.router,
    tags.router,
    tasks.router,
    visits.router,
)

__all__ = ["routers"]
