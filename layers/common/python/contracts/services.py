"""Services that a provider may offer: keys, and labels that are translated when they are shown."""

from kit.i18n import N_

SERVICES = {
    "conversation": N_("Conversation"),
    "couples": N_("Time with couples"),
    "culture": N_("Theatre, opera and museums"),
    "dance": N_("Dancing"),
    "dinner": N_("Dinner date"),
    "event": N_("Events and receptions"),
    "intimacy": N_("Private time"),
    "massage": N_("Massage"),
    "overnight": N_("Overnight"),
    "sport": N_("Sport and outdoors"),
    "travel": N_("Travel companion"),
    "video": N_("Video call"),
}
