"""JSON API of the CRM. Fixed words come before ids."""

from crm.routes import clients, communications, references, screening, tasks, visits

routers = (
    clients.router,
    communications.router,
    references.router,
    screening.router,
    tasks.router,
    visits.router,
)

__all__ = ["routers"]
