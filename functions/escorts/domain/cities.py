"""Lookup of a city by slug or name."""

from collections.abc import Sequence

from escorts.domain.profiles import City
from escorts.domain.slugs import slugify
from kit.errors import Invalid


def require_city(cities: Sequence[City], text: str, field: str) -> City:
    """Return the city with this slug or name, or refuse the text and suggest the closest match."""
    wanted = slugify(text)
    by_slug = {city.slug: city for city in cities}
    by_name = {slugify(city.name): city for city in cities}
    found = by_slug.get(wanted) or by_name.get(wanted)
    if found is not None:
        return found
    from difflib import get_close_matches  # needed for misspelled cities only

    close = get_close_matches(wanted, by_slug.keys() | by_name.keys(), n=1, cutoff=0.6)
    near = by_slug.get(close[0]) or by_name[close[0]] if close else None
    hint = f"Did you mean {near.slug}?" if near else f"We have: {', '.join(sorted(by_slug))}."
    raise Invalid("unknown-city", f"We do not know this city. {hint}", field=field)
