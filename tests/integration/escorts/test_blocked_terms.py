"""Blocked terms through the API: refused, left to a moderator, and no block for saved texts."""

from collections.abc import Callable
from typing import Any

import pytest

from kit.db import Database
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person
from tests.fixtures.functions import Answer

REFUSED, DOUBTFUL = "My t.e.e.n years are over", "Nobody under 18, please."


@pytest.fixture
def pending_reviews(database: Database) -> Callable[[], list[tuple[str, str, str]]]:
    """Return a function that lists pending text reviews."""

    def rows() -> list[tuple[str, str, str]]:
        with database.transaction() as work:
            found = work.execute("SELECT field, term, reason FROM escorts.text_reviews ORDER BY id")
            return [(row["field"], row["term"], row["reason"]) for row in found]

    return rows


def save(person: Person, **changes: Any) -> Answer:
    version = person.web.get(f"{API}/me").headers["etag"]
    return person.web.put(person.path, json=PROFILE | changes, headers={"if-match": version})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bio": REFUSED}, "bio"),
        ({"name": "Lolita"}, "name"),
        ({"hairColor": "sch00l girl"}, "hairColor"),
        ({"locations": [{"place": "Mitte"}, {"place": "T e e n street"}]}, "locations.1.place"),
    ],
)
def test_refused_term_names_field(
    directory: DirectoryWorld,
    pending_reviews: Callable[[], list[Any]],
    changes: dict[str, Any],
    field: str,
) -> None:
    provider = directory.provider()
    for answer in (provider.create(**changes), provider.create() and save(provider, **changes)):
        assert (answer.status, answer.problem["code"]) == (422, "text-not-allowed")
        assert answer.problem["field"] == field
        assert "teen" not in answer.text.lower()
    assert provider.web.get(f"{API}/me").json["version"] == 1
    assert pending_reviews() == []


def test_refused_term_in_slug_is_refused(directory: DirectoryWorld) -> None:
    provider = directory.provider()
    provider.create()
    refused = provider.web.put(
        f"{provider.path}/slug", json={"slug": "barely-legal-mira"}, headers={"if-match": '"1"'}
    )

    assert (refused.status, refused.problem["field"]) == (422, "slug")


@pytest.mark.slow
def test_ambiguous_term_adds_one_pending_review(
    directory: DirectoryWorld, pending_reviews: Callable[[], list[Any]]
) -> None:
    provider, nora = directory.provider(), directory.provider()
    assert provider.create(bio=DOUBTFUL).status == 201
    assert pending_reviews() == [("bio", "under 18", "minors")]
    assert save(provider, bio=DOUBTFUL, heightCm=180).status == 200
    assert save(provider, bio=f"Hello. {DOUBTFUL}").status == 200
    assert len(pending_reviews()) == 1

    assert nora.create(name="Nora").status == 201
    assert save(nora, name="Nora", bio="Call my manager.").status == 200
    assert pending_reviews()[1:] == [("bio", "call my manager", "third-party")]


def test_new_term_does_not_block_saved_texts(directory: DirectoryWorld, database: Database) -> None:
    provider = directory.provider()
    provider.create(bio="Truffles and thunder.")
    with database.transaction() as work:
        work.execute("INSERT INTO escorts.blocked_terms VALUES ('truffle', 'coercion', 'refuse')")

    assert save(provider, bio="Truffles and thunder.", heightCm=180).status == 200
    assert save(provider, bio="Truffles, and thunder.").status == 422


def test_blocked_terms_are_private_and_read_only(
    database_as: Callable[[str], Database],
) -> None:
    from psycopg.errors import InsufficientPrivilege

    for statement in (
        "DELETE FROM escorts.blocked_terms",
        "UPDATE escorts.text_reviews SET term = 'x'",
        "SET LOCAL ROLE escorts_public; SELECT * FROM escorts.blocked_terms",
    ):
        with (
            pytest.raises(InsufficientPrivilege),
            database_as("escorts_dashboard").transaction() as work,
        ):
            work.execute(statement)
