"""JSON API of the CRM. Fixed words come before ids."""

from crm.routes import clients, communications, holds, references, screening, tags, tasks, visits

routers = (
    clients.router,
    communications.router,
    holds.router,
    references.router,
    screening.router,
    tags.router,
    tasks.router,
    visits.router,
)

__all__ = ["routers"]
