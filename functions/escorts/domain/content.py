"""Rules for a profile's content: known words, consistent rates, places in the city, disjoint hours."""

from dataclasses import replace

from contracts.services import SERVICES
from escorts.domain import offer
from escorts.domain.profiles import City, Content
from escorts.domain.vocabulary import CURRENCIES, LANGUAGES, require_known
from kit.errors import Invalid
from kit.i18n import gettext as _


def validate_content(content: Content, city: City) -> Content:
    """Return `content` in the form to store, or refuse invalid content."""
    services = require_known(content.services, SERVICES, "services")
    languages = require_known(content.languages, LANGUAGES, "languages")
    _require_known_currencies(content)
    offer.require_consistent_rates(content.rates, services)
    offer.require_within_city(content.locations, city.latitude, city.longitude)
    offer.require_disjoint_hours(content.availability)
    return replace(
        content,
        city=city.slug,
        services=services,
        languages=languages,
        locations=tuple(offer.rounded_location(item) for item in content.locations),
    )


def _require_known_currencies(content: Content) -> None:
    for index, rate in enumerate(content.rates):
        if rate.price.currency not in CURRENCIES:
            raise Invalid(
                "unknown-currency",
                _("Choose from these: %(codes)s.", codes=", ".join(CURRENCIES)),
                field=f"rates.{index}.currency",
            )
