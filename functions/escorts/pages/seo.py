"""What a page tells machines: its one address, what it is about, and whether to keep it in mind.

Names are working names throughout; pictures are not offered, and nothing here says more than the page itself.
"""

from dataclasses import dataclass, field
from typing import Any

from escorts.domain.profiles import City, PublicProfile
from escorts.domain.vocabulary import LANGUAGES
from escorts.pages.markdown import summary
from kit.settings import env_required

SITE = "HelloMahi"


@dataclass(frozen=True, slots=True)
class Meta:
    """The head of a public page."""

    title: str
    description: str
    path: str
    """Where it is at home, without what only sorts or filters it."""
    index: bool = True
    kind: str = "website"
    facts: list[dict[str, Any]] = field(default_factory=list)
    """JSON-LD."""

    @property
    def canonical(self) -> str:
        """The page's one address."""
        return absolute(self.path)


def absolute(path: str) -> str:
    """Return the full address of `path`."""
    return env_required("PUBLIC_ORIGIN") + path


def profile_meta(profile: PublicProfile) -> Meta:
    """Return the head of a profile's page."""
    name, city = profile.content.name, profile.city_name
    said = summary(profile.content.bio)
    known = f"{name}, {profile.age}, verified companion in {city}."
    return Meta(
        title=f"{name}, companion in {city}",
        description=f"{known} {said}" if said else f"{known} Languages, rates and hours.",
        path=f"/{profile.slug}",
        kind="profile",
        facts=[_person(profile), breadcrumbs((city, f"/city/{profile.content.city}"), (name, ""))],
    )


def city_meta(city: City, service: tuple[str, str] | None, *, index: bool) -> Meta:
    """Return the head of a city's page, or of one service there (key and words)."""
    if service is None:
        title = f"Verified companions in {city.name}"
        path = f"/city/{city.slug}"
        trail = [(city.name, "")]
    else:
        key, words = service
        title = f"{words} in {city.name}: verified companions"
        path = f"/city/{city.slug}/{key}"
        trail = [(city.name, f"/city/{city.slug}"), (words, "")]
    return Meta(
        title=title,
        description=f"{title}: each one checked by a person, with rates, languages and hours to see "
        "before you ask.",
        path=path,
        index=index,
        facts=[breadcrumbs(*trail)],
    )


def start_meta(*, index: bool) -> Meta:
    """Return the head of the start page."""
    return Meta(
        title="Verified independent companions",
        description="Independent companions, each of them verified by a person. See languages, rates "
        "and hours before you ask, and who is free tonight.",
        path="/",
        index=index,
        facts=[{"@context": "https://schema.org", "@type": "WebSite", "name": SITE,
                "url": absolute("/")}],
    )  # fmt: skip


def breadcrumbs(*trail: tuple[str, str]) -> dict[str, Any]:
    """Return the way to a page: names and paths, the last one being the page itself."""
    items = [("Browse", "/"), *trail]
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name}
            | ({"item": absolute(path)} if path else {})
            for place, (name, path) in enumerate(items, 1)
        ],
    }


def _person(profile: PublicProfile) -> dict[str, Any]:
    content = profile.content
    return {
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "url": absolute(f"/{profile.slug}"),
        "dateModified": profile.updated_at.isoformat(timespec="seconds"),
        "mainEntity": {
            "@type": "Person",
            "name": content.name,
            "url": absolute(f"/{profile.slug}"),
            "knowsLanguage": [
                {"@type": "Language", "name": LANGUAGES.get(code, code), "alternateName": code}
                for code in content.languages
            ],
            "workLocation": {"@type": "City", "name": profile.city_name},
        },
    }
