"""Metadata of public pages for search engines: canonical URL, description, structured data.

Names are working names, pictures are not offered, and no metadata goes beyond the page's content.
"""

from dataclasses import dataclass, field
from typing import Any

from escorts.domain.profiles import City, PublicProfile
from escorts.pages.markdown import meta_description
from kit import formats
from kit.i18n import gettext as _
from kit.settings import env_required

SITE = "HelloMahi"


@dataclass(frozen=True, slots=True)
class PageMeta:
    """Metadata of a public page."""

    title: str
    description: str
    path: str
    """Canonical path, without filters and sort order."""
    indexable: bool = True
    og_type: str = "website"
    structured_data: list[dict[str, Any]] = field(default_factory=list)
    """JSON-LD objects."""

    @property
    def canonical(self) -> str:
        """Return the canonical URL."""
        return absolute_url(self.path)


def absolute_url(path: str) -> str:
    """Return the absolute URL of `path`."""
    return env_required("PUBLIC_ORIGIN") + path


def profile_meta(profile: PublicProfile) -> PageMeta:
    """Return the metadata of a profile's page."""
    name, city = profile.content.name, profile.city_name
    about = meta_description(profile.content.bio)
    intro = _(
        "%(name)s, %(age)s, verified companion in %(city)s.",
        name=name,
        age=profile.age,
        city=city,
    )
    return PageMeta(
        title=_("%(name)s, companion in %(city)s", name=name, city=city),
        description=f"{intro} {about or _('Languages, rates and hours.')}",
        path=f"/{profile.slug}",
        og_type="profile",
        structured_data=[
            _profile_page(profile),
            breadcrumbs((city, f"/city/{profile.content.city}"), (name, "")),
        ],
    )


def city_meta(city: City, service: tuple[str, str] | None, *, indexable: bool) -> PageMeta:
    """Return the metadata of a city's page, or of a service in the city (key and label)."""
    if service is None:
        title = _("Verified companions in %(city)s", city=city.name)
        path = f"/city/{city.slug}"
        steps = [(city.name, "")]
    else:
        key, words = service
        title = _("%(service)s in %(city)s: verified companions", service=words, city=city.name)
        path = f"/city/{city.slug}/{key}"
        steps = [(city.name, f"/city/{city.slug}"), (words, "")]
    return PageMeta(
        title=title,
        description=_(
            "%(title)s: each one checked by a person, with rates, languages and hours to see "
            "before you ask.",
            title=title,
        ),
        path=path,
        indexable=indexable,
        structured_data=[breadcrumbs(*steps)],
    )


def home_meta(*, indexable: bool) -> PageMeta:
    """Return the metadata of the home page."""
    return PageMeta(
        title=_("Verified independent companions"),
        description=_(
            "Independent companions, each of them verified by a person. See languages, rates "
            "and hours before you ask, and who is free tonight."
        ),
        path="/",
        indexable=indexable,
        structured_data=[{"@context": "https://schema.org", "@type": "WebSite", "name": SITE,
                "url": absolute_url("/")}],
    )  # fmt: skip


def breadcrumbs(*steps: tuple[str, str]) -> dict[str, Any]:
    """Return the breadcrumbs of a page: names and paths, the last one being the page itself."""
    items = [(_("Browse"), "/"), *steps]
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name}
            | ({"item": absolute_url(path)} if path else {})
            for place, (name, path) in enumerate(items, 1)
        ],
    }


def _profile_page(profile: PublicProfile) -> dict[str, Any]:
    content = profile.content
    return {
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "url": absolute_url(f"/{profile.slug}"),
        "dateModified": profile.updated_at.isoformat(timespec="seconds"),
        "mainEntity": {
            "@type": "Person",
            "name": content.name,
            "url": absolute_url(f"/{profile.slug}"),
            "knowsLanguage": [
                {"@type": "Language", "name": formats.language_name(code), "alternateName": code}
                for code in content.languages
            ],
            "workLocation": {"@type": "City", "name": profile.city_name},
        },
    }
