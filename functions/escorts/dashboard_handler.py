"""HTTP entry point for providers and staff: JSON API and pages.

A function of its own, because private parts of profiles are read and written here and nowhere else. Visitors
ask this
function for a single profile, too: the owner gets more fields from the same address.
"""

from contracts.identity import ROLE_PERMISSIONS
from escorts.pages import age_gate, create_profile, dashboard
from escorts.pages import staff as staff_pages
from escorts.pages import text_moderation as text_pages
from escorts.routes import (
    availability,
    close_profile,
    my_profile,
    profile_settings,
    public_profiles,
    staff,
    statistics,
    text_moderation,
)
from kit.db import Database
from kit.http import create_app, lambda_handler

app = create_app(
    title="Escorts",
    routers=[
        my_profile.router,
        availability.router,
        profile_settings.router,
        close_profile.router,
        staff.router,
        text_moderation.router,
        statistics.router,
        public_profiles.router,
        create_profile.router,
        *dashboard.routers,
        staff_pages.router,
        text_pages.router,
    ],
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
)
age_gate.add_age_gate_page(app)
handler = lambda_handler(app)
