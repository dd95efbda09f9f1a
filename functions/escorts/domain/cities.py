"""Lookup of a city by slug or name."""

from collections.abc import Sequence

from escorts.domain.profiles import City
from escorts.domain.slugs import slugify
from kit.errors import Invalid
from kit.i18n import gettext as _


def require_city(cities: Sequence[City], text: str, field: str) -> City:
    """Return the city with this slug or name; otherwise raise `Invalid` with the closest match."""
    slug = slugify(text)
    by_slug = {city.slug: city for city in cities}
    by_name = {slugify(city.name): city for city in cities}
    found = by_slug.get(slug) or by_name.get(slug)
    if found is not None:
        return found
    from difflib import get_close_matches  # needed for misspelled cities only

    close_matches = get_close_matches(slug, by_slug.keys() | by_name.keys(), n=1, cutoff=0.6)
    closest = by_slug.get(close_matches[0]) or by_name[close_matches[0]] if close_matches else None
    message = (
        _("We do not know this city. Did you mean %(city)s?", city=closest.slug)
        if closest
        else _("We do not know this city. We have: %(cities)s.", cities=", ".join(sorted(by_slug)))
    )
    raise Invalid("unknown-city", message, field=field)
