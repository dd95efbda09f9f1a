"""HTTP entry of operations."""

from kit.db import Database
from kit.http import create_app, lambda_handler
from operations.routes import router

app = create_app(title="Operations", routers=[router], database=Database.from_environment())
handler = lambda_handler(app)
