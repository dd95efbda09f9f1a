"""Pages of auth over the same use cases as the JSON API; all work without scripts."""

from auth.pages import account, links, private_room, security, sign_in

routers = [sign_in.router, private_room.router, links.router, account.router, security.router]
