"""JSON API of the CRM. Fixed words come before ids."""

from crm.routes import clients

routers = (clients.router,)

__all__ = ["routers"]
