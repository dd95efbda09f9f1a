"""HTTP entry of the directory for everybody who looks: JSON API and pages.

Fixed words come before variables: `/{slug}` takes whatever is left.
"""

from contracts.identity import ROLE_PERMISSIONS
from escorts.pages import directory, favourites, gate, profile, sitemaps
from escorts.pages import saved as saved_pages
from escorts.routes import cities, saved, search, views
from kit.db import Database
from kit.http import create_app, lambda_handler

app = create_app(
    title="Escorts",
    routers=[
        saved.router,
        search.router,
        cities.router,
        views.router,
        gate.router,
        sitemaps.router,
        favourites.router,
        saved_pages.router,
        directory.router,
        profile.router,
    ],
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
)
gate.install(app)
handler = lambda_handler(app)
