"""HTTP entry of the directory: JSON API and pages."""

from contracts.identity import ROLE_PERMISSIONS
from escorts.routes import routers
from kit.db import Database
from kit.http import create_app, lambda_handler

app = create_app(
    title="Escorts",
    routers=routers,
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
)
handler = lambda_handler(app)
