"""HTTP entry point of the public directory: JSON API and pages.

Routes with fixed paths come before routes with variables: `/{slug}` matches all other paths.
"""

from contracts.identity import ROLE_PERMISSIONS
from escorts.pages import age_gate, directory, favourites, profile, sitemaps
from escorts.pages import saved_searches as saved_pages
from escorts.routes import cities, saved_items, search, view_beacon
from kit.db import Database
from kit.http import create_app, lambda_handler

app = create_app(
    title="Escorts",
    routers=[
        saved_items.router,
        search.router,
        cities.router,
        view_beacon.router,
        age_gate.router,
        sitemaps.router,
        favourites.router,
        saved_pages.router,
        directory.router,
        profile.router,
    ],
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
)
age_gate.add_age_gate_page(app)
handler = lambda_handler(app)
