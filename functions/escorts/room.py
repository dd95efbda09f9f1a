"""HTTP entry of those whom the directory is about, and of staff: JSON API and pages.

A function of its own, since all that is private of a profile is read and written here and nowhere else. One profile is
asked for here by everybody, too: its owner gets more from the same address.
"""

from contracts.identity import ROLE_PERMISSIONS
from escorts.pages import admin, gate, provider
from escorts.pages import staff as staff_pages
from escorts.pages import texts as text_pages
from escorts.routes import (
    availability,
    closing,
    owner,
    public,
    room,
    staff,
    statistics,
    texts,
)
from kit.db import Database
from kit.http import create_app, lambda_handler

app = create_app(
    title="Escorts",
    routers=[
        owner.router,
        availability.router,
        room.router,
        closing.router,
        staff.router,
        texts.router,
        statistics.router,
        public.router,
        provider.router,
        *admin.routers,
        staff_pages.router,
        text_pages.router,
    ],
    database=Database.from_environment(),
    permissions=ROLE_PERMISSIONS,
)
gate.install(app)
handler = lambda_handler(app)
