"""JSON API of the CRM. Fixed words come before ids."""

from crm.routes import clients, communications, tasks

routers = (
    clients.router,
    communications.router,
    tasks.router,
)

__all__ = ["routers"]
