"""JSON API of auth: each route maps a request model to one use case and a response model."""

from auth.routes import auth, crm_sessions, discovery, passwords, second_factor, sessions, users

routers = [
    auth.router,
    passwords.router,
    second_factor.router,
    sessions.router,
    users.router,
    crm_sessions.router,
    discovery.router,
]
