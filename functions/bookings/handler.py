"""HTTP entry point of bookings: JSON API and pages."""

from bookings.pages import routers as pages
from bookings.routes import routers
from contracts.identity import ROLE_PERMISSIONS
from kit.db import Database
from kit.http import create_app, lambda_handler

app = create_app(
    title="Bookings",
    routers=[*routers, *pages],
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
)
handler = lambda_handler(app)
