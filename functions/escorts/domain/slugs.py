"""Slugs of profiles: `/{slug}` shares its first segment with every page of the site."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from uuid import UUID

from kit.errors import Invalid
from kit.i18n import gettext as _

MIN_LENGTH, MAX_LENGTH = 3, 60
MAX_PER_PROFILE = 6
"""Highest number of slugs of one profile, former ones included, because those keep redirecting."""
_SHAPE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Letters that do not decompose into a Latin letter and a mark.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ł": "l",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
    }
)

# First segments of paths today or soon: pages, words of the API, paths that crawlers and browsers request, and words
# that
# would impersonate the site.
_RESERVED_WORDS = """
about account accounts activity admin administrator age agencies agency ai analytics api app apps
assets auth availability avatar avatars billing blog booking bookings browse calendar careers
chat checkout cities city clients companion companions config console contact cookies crm
dashboard demo dev discover docs download email error escort escorts explore export faq
favicon favorites favourites feed feedback files forgot forum guide health hellomahi hello-mahi
help home hotline images img inbox index info invite invites invoices jobs js css fonts icons
legal list listing listings local localhost login logout mail manifest me media member members
messages metrics mobile moderation moderator new news notifications null oauth offline
official openapi operations owner pages password payment payments payouts ping policies policy
preferences premium press preview pricing privacy profile profiles public queue register
report reports reset results review reviews robots root rss safety sales saved
saved-searches search secure
security service services session sessions settings setup share shop sign-in sign-out sign-up
signin signout signup site sitemap sitemaps slug sse staff static stats status store
subscribe support system takedown team terms test text-reviews texts tos tour tours translate trust undefined
unsubscribe update upload uploads user users verification verification-queue verify visits
vitals webhook webhooks websocket well-known wiki ws www
"""
RESERVED = frozenset(_RESERVED_WORDS.split())


def slugify(text: str) -> str:
    """Return `text` in the characters of a slug; empty if nothing is left."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    ascii_only = plain.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:MAX_LENGTH].rstrip("-")


def is_slug(text: str) -> bool:
    """Tell whether `text` has the shape of a slug and is not an id."""
    return (
        MIN_LENGTH <= len(text) <= MAX_LENGTH
        and _SHAPE.fullmatch(text) is not None
        and _ID.fullmatch(text) is None
    )


def require_slug(text: str, cities: Collection[str]) -> str:
    """Return `text` if a profile may use it as its slug; slugs of cities are reserved."""
    if not is_slug(text):
        raise Invalid(
            "slug-malformed",
            _("Use 3 to 60 small letters, digits and single hyphens between them."),
            field="slug",
        )
    if text in RESERVED or text in cities:
        raise Invalid("slug-reserved", _("This address is reserved: choose another."), field="slug")
    return text


def slug_candidates(
    name: str, city: str, profile_id: UUID, cities: Collection[str]
) -> Iterator[str]:
    """Yield slugs for a new profile, the nicest first; the last one contains the id and is unique."""
    base = slugify(name)[: MAX_LENGTH - 20].rstrip("-")
    options = [base, f"{base}-{city}", *(f"{base}-{city}-{n}" for n in range(2, 6))] if base else []
    for option in options:
        if is_slug(option) and option not in RESERVED and option not in cities:
            yield option
    yield f"{base or 'companion'}-{profile_id.hex[-12:]}"
