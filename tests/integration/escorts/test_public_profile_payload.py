"""H14: public responses contain nothing that identifies the provider's account."""

from collections.abc import Iterator
from typing import Any

from escorts.schemas.public_profiles import CityView, ProfileCard, PublicProfileView
from kit.db import Database
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person
from tests.fixtures.functions import FunctionClient

PUBLIC = {
    "id", "slug", "name", "age", "city", "cityName", "country", "timeZone", "bio", "heightCm",
    "weightKg", "measurements", "hairColor", "eyeColor", "ethnicity", "languages", "services",
    "rates", "locations", "availability", "verified", "verifiedAt", "avatarUrl", "updatedAt",
    "priceFrom", "service", "durationMinutes", "amountMinor", "currency", "venue", "place",
    "latitude", "longitude", "weekday", "start", "end", "profiles", "capped",
}  # fmt: skip
GATE = {
    "public_until",  # cache lifetime of a response; no public model has it
    "id", "slug", "name", "age", "city", "city_name", "country", "zone", "bio", "height_cm",
    "weight_kg", "measurements", "hair_color", "eye_color", "ethnicity", "languages", "services",
    "rates", "locations", "availability", "verified_at", "updated_at",
}  # fmt: skip


def property_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from property_names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from property_names(value)


def test_public_models_have_public_fields_only() -> None:
    for model in (PublicProfileView, ProfileCard, CityView):
        assert set(property_names(model.model_json_schema(by_alias=True))) <= PUBLIC


def test_public_profiles_view_has_public_columns_only(database: Database) -> None:
    with database.transaction() as work:
        columns = work.execute("SELECT * FROM escorts.public_profiles_v1").description
    assert columns is not None
    assert {column.name for column in columns} == GATE


def test_public_responses_contain_no_private_data(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.published(staff)
    client = directory.person("client").web
    for web in (visitor, client):
        for path in (API, f"{API}?location=berlin", provider.path, f"{API}/mira-valen"):
            text = web.get(path).text
            assert "Mira Valen" in text
            for private in (
                str(provider.user_id),
                PROFILE["dateOfBirth"],
                "52.523",
                "@",
                "consent",
            ):
                assert private not in text, path


def test_birth_date_is_not_stored_in_plaintext(
    directory: DirectoryWorld, database: Database
) -> None:
    provider = directory.provider()
    provider.create()
    with database.transaction() as work:
        row = work.execute("SELECT p::text AS line FROM escorts.profiles p").fetchone()
        messages = work.execute("SELECT envelope::text AS line FROM outbox.messages").fetchall()
    assert row is not None
    born = PROFILE["dateOfBirth"]
    for line in [row["line"], *(message["line"] for message in messages)]:
        assert born not in line
        assert born.encode().hex() not in line
