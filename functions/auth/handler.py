"""HTTP entry of auth: the JSON API and the pages."""

from auth.pages import routers as pages
from auth.routes import routers
from contracts.identity import ROLE_PERMISSIONS
from kit.db import Database
from kit.http import create_app, lambda_handler

app = create_app(
    title="Auth",
    routers=[*routers, *pages],
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
)
handler = lambda_handler(app)
