"""HTTP entry of the directory: JSON API and pages."""

from contracts.identity import ROLE_PERMISSIONS
from escorts.pages import gate
from escorts.pages import routers as pages
from escorts.routes import routers
from kit.db import Database
from kit.http import create_app, lambda_handler

app = create_app(
    title="Escorts",
    routers=[*routers, *pages],
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
)
gate.install(app)
handler = lambda_handler(app)
