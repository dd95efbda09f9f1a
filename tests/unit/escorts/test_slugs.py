"""Slugs: readable, and never a reserved word of the site."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escorts.domain.slugs import (
    MAX_LENGTH,
    RESERVED,
    is_slug,
    require_slug,
    slug_candidates,
    slugify,
)
from kit.errors import Invalid

ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
CITIES = {"berlin", "vienna"}
ROUTES = """api static _results profile staff register login logout verify reset account
    _account-chip .well-known"""


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Mira Valen", "mira-valen"),
        ("Zoë Ångström", "zoe-angstrom"),
        ("  Éloïse   d'Arc!", "eloise-d-arc"),
        ("Łucja Weiß", "lucja-weiss"),
        ("Наталья", ""),
        ("A" * 200, "a" * MAX_LENGTH),
    ],
)
def test_slugify_returns_expected_slug(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(st.text(max_size=200))
def test_candidates_of_any_name_are_valid_slugs(name: str) -> None:
    options = list(slug_candidates(name, "berlin", ID, CITIES))
    assert options
    for option in options:
        assert is_slug(option)
        assert option not in RESERVED
        assert option not in CITIES


def test_candidates_start_with_plain_name() -> None:
    options = list(slug_candidates("Mira Valen", "berlin", ID, CITIES))
    assert options[:3] == ["mira-valen", "mira-valen-berlin", "mira-valen-berlin-2"]
    assert options[-1] == "mira-valen-b302099a8057"


@pytest.mark.parametrize(
    ("name", "first"), [("Admin", "admin-berlin"), ("Vienna", "vienna-berlin")]
)
def test_candidates_of_reserved_name_add_city(name: str, first: str) -> None:
    assert next(iter(slug_candidates(name, "berlin", ID, CITIES))) == first


@pytest.mark.parametrize("word", ROUTES.split())
def test_first_segments_of_routes_are_reserved(word: str) -> None:
    assert word in RESERVED or not is_slug(word)


@pytest.mark.parametrize("word", ["robots.txt", "sitemap.xml", "favicon.ico", "ab", "-a-b", "a--b"])
def test_malformed_slug_is_refused(word: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_slug(word, CITIES)
    assert refused.value.code == "slug-malformed"


@pytest.mark.parametrize("word", ["staff", "bookings", "crm", "messages", "legal", "vienna"])
def test_reserved_slug_is_refused(word: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_slug(word, CITIES)
    assert refused.value.code == "slug-reserved"


def test_id_is_not_a_slug() -> None:
    assert not is_slug(str(ID))
