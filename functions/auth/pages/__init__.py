"""Pages of auth over the same use cases as the JSON API; all work without scripts."""

from auth.pages import account, links, security, sign_in

routers = [sign_in.router, links.router, account.router, security.router]
