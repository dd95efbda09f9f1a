"""Cities, vocabulary and avatars."""

from uuid import UUID
from xml.etree import ElementTree

import pytest

from contracts.services import SERVICES
from escorts.domain.avatar import avatar_svg
from escorts.domain.cities import require_city
from escorts.domain.profiles import City
from escorts.domain.vocabulary import LANGUAGES, require_known
from kit.errors import Invalid
from kit.ids import new_id


def city(slug: str, name: str) -> City:
    return City(slug, name, "CH", "Europe/Zurich", "CHF", 47.4, 8.5, listed=True)


CITIES = [city("zurich", "Zürich"), city("geneva", "Geneva")]


@pytest.mark.parametrize("text", ["zurich", "Zürich", " ZÜRICH ", "zurich-"])
def test_city_is_found_by_slug_or_name(text: str) -> None:
    assert require_city(CITIES, text, "location").slug == "zurich"


@pytest.mark.parametrize(
    ("text", "hint"),
    [("zurihc", "Did you mean zurich?"), ("Genf", "Did you mean geneva?"), ("x", "We have: gen")],
)
def test_unknown_city_suggests_nearest(text: str, hint: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_city(CITIES, text, "location")
    assert hint in refused.value.message
    assert refused.value.field == "location"


def test_unknown_words_are_refused_and_duplicates_removed() -> None:
    assert require_known(["dinner", "dinner"], SERVICES, "services") == ("dinner",)
    with pytest.raises(Invalid, match="Choose from these: ar, cs"):
        require_known(["klingon"], LANGUAGES, "languages")


def test_avatar_is_deterministic_per_id() -> None:
    one, other = new_id(), new_id()
    assert avatar_svg(one) == avatar_svg(UUID(str(one))) != avatar_svg(other)
    drawing = ElementTree.fromstring(avatar_svg(one))
    assert drawing.tag.endswith("svg")
    assert str(one) not in avatar_svg(one)
