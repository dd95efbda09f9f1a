"""Pages of auth, over the same use cases as the JSON API; all work without JavaScript."""

from auth.pages import account, crm_login, email_links, security, sign_in

routers = [sign_in.router, crm_login.router, email_links.router, account.router, security.router]
