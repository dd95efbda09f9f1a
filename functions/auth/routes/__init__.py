"""JSON API of auth: schema in, one use case, schema out."""

from auth.routes import (
    auth,
    discovery,
    passwords,
    private_room,
    second_factor,
    sessions,
    users,
)

routers = [
    auth.router,
    passwords.router,
    second_factor.router,
    sessions.router,
    users.router,
    private_room.router,
    discovery.router,
]
