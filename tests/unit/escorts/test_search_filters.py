"""Parts of a search filter in every layer: a filter of the registry may be missing in none."""

from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from escorts.domain.search import FILTERS, Criteria
from escorts.pages.filters import API_ONLY_FILTERS, PAGE_FILTERS
from escorts.repository.search_filters import SQL_CONDITIONS, ValueCondition
from escorts.schemas.search import DERIVED_VALUES, SearchQuery

# The order of the list, and the profiles to which the saved-search job restricts a search.
NOT_FROM_FILTERS = {"sort", "descending", "profile_ids"}
# Sorting, paging, and a parameter with one accepted value.
NOT_FILTERING = {"sort_by", "sort_order", "page", "limit", "cursor", "verified_only"}
# The scope of a search, and a join.
NOT_CONDITIONS = {"location", "text"}
COPIED = sorted(FILTERS.keys() - DERIVED_VALUES.keys())


def parameters(name: str) -> tuple[str, ...]:
    return DERIVED_VALUES[name].parameters if name in DERIVED_VALUES else (name,)


def test_registry_has_every_filter_of_criteria() -> None:
    assert FILTERS.keys() == {item.name for item in fields(Criteria)} - NOT_FROM_FILTERS


def test_search_query_has_parameters_of_every_filter_and_no_others() -> None:
    declared = [parameter for name in FILTERS for parameter in parameters(name)]
    assert len(declared) == len(set(declared))
    assert set(declared) == SearchQuery.model_fields.keys() - NOT_FILTERING
    assert DERIVED_VALUES.keys() <= FILTERS.keys()


@pytest.mark.parametrize("name", COPIED)
def test_copied_parameter_has_type_of_criteria(name: str) -> None:
    given: Any = get_type_hints(SearchQuery)[name]
    copied = tuple[str, ...] if given == list[str] else given
    assert copied == get_type_hints(Criteria)[name]


def test_sql_conditions_have_every_filter_on_rows() -> None:
    assert SQL_CONDITIONS.keys() == FILTERS.keys() - NOT_CONDITIONS | {"profile_ids"}


@pytest.mark.parametrize("name", sorted(SQL_CONDITIONS))
def test_value_condition_has_parameter_of_its_filter(name: str) -> None:
    condition = SQL_CONDITIONS[name]
    if isinstance(condition, ValueCondition):
        is_flag = get_type_hints(Criteria)[name] is bool
        assert is_flag == ("%(" not in condition.sql)
        assert is_flag or condition.sql.count("%(") == condition.sql.count(f"%({name})s")
    else:
        assert name not in FILTERS or FILTERS[name].facet is None


def test_pages_offer_or_omit_every_filter() -> None:
    assert PAGE_FILTERS.keys() | API_ONLY_FILTERS == FILTERS.keys()
    assert not PAGE_FILTERS.keys() & API_ONLY_FILTERS


def test_document_describes_every_parameter() -> None:
    document = (Path(__file__).parents[3] / "docs" / "features" / "search.md").read_text()
    aliases = {field.alias for field in SearchQuery.model_fields.values()}
    assert {alias for alias in aliases if f"`{alias}`" not in document} == set()


@pytest.mark.parametrize("name", sorted(PAGE_FILTERS))
def test_page_filter_has_api_parameters_of_its_filter(name: str) -> None:
    accepted = {SearchQuery.model_fields[parameter].alias for parameter in parameters(name)}
    assert set(PAGE_FILTERS[name].parameters) <= accepted
