"""Labels of the pages of auth."""

from auth.domain.preferences import ColourScheme
from contracts.identity import Role
from kit.auth import Audience
from kit.i18n import N_

ROLE_LABELS = {
    Role.CLIENT: N_("Client"),
    Role.ESCORT: N_("Independent provider"),
    Role.AGENCY: N_("Agency"),
    Role.ADMIN: N_("Staff"),
}
THEME_LABELS = {
    ColourScheme.SYSTEM: N_("System"),
    ColourScheme.LIGHT: N_("Light"),
    ColourScheme.DARK: N_("Dark"),
}
AUDIENCE_LABELS = {Audience.ADMIN: N_("Dashboard"), Audience.CRM: N_("Private area")}
"""Labels of sessions for another audience than the site."""
