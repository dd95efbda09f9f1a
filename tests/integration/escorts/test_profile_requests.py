"""Requests of the profile API: accepted values, and errors that name the field."""

from typing import Any

import pytest

from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person, decision_body
from tests.fixtures.functions import FunctionClient

RATE = PROFILE["rates"][0]


@pytest.fixture
def provider(directory: DirectoryWorld) -> Person:
    return directory.provider()


def test_list_without_profiles_is_empty(visitor: FunctionClient) -> None:
    page = visitor.get(f"{API}?location=vienna").json
    assert (page["items"], page["nextCursor"]) == ([], None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=51", "limit"),
        ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=eyJiZWZvcmUiOiJ4In0", "cursor"),
    ],
)
def test_invalid_query_parameter_names_field(
    visitor: FunctionClient, query: str, field: str
) -> None:
    answer = visitor.get(f"{API}?{query}")
    assert answer.status == 422
    assert answer.problem["field"] == field


def test_unknown_city_in_query_suggests_nearest(visitor: FunctionClient) -> None:
    problem = visitor.get(f"{API}?location=berlni").problem
    assert (problem["code"], problem["field"]) == ("unknown-city", "location")
    assert "Did you mean berlin?" in problem["detail"]
    assert visitor.get(f"{API}?location=Z%C3%BCrich").status == 200


def test_cities_lists_only_allowed_cities(visitor: FunctionClient) -> None:
    cities = visitor.get(f"{API}/cities").json["items"]
    assert len(cities) == 12
    assert cities[0] == {
        "slug": "amsterdam",
        "name": "Amsterdam",
        "country": "NL",
        "timeZone": "Europe/Amsterdam",
        "currency": "EUR",
        "profiles": 0,
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "M"}, "name"),
        ({"name": "Mi\u202era"}, "name"),
        ({"name": "Mi\u0000ra"}, "name"),
        ({"bio": "x" * 1001}, "bio"),
        ({"city": "berln"}, "city"),
        ({"dateOfBirth": "2020-01-01"}, "dateOfBirth"),
        ({"dateOfBirth": "yesterday"}, "dateOfBirth"),
        ({"age": 19}, "age"),
        ({"languages": ["xx"]}, "languages"),
        ({"services": ["unheard"]}, "services"),
        ({"services": []}, "rates.0.service"),
        ({"rates": [RATE | {"currency": "XXX"}]}, "rates.0.currency"),
        ({"rates": [RATE | {"amountMinor": 10.5}]}, "rates.0.amountMinor"),
        ({"rates": [RATE | {"durationMinutes": 29}]}, "rates.0.durationMinutes"),
        ({"rates": [RATE | {"venue": "street"}]}, "rates.0.venue"),
        ({"rates": [RATE, RATE]}, "rates.1"),
        ({"locations": [{"place": "Far", "latitude": 0.0, "longitude": 0.0}]}, "locations.0"),
        ({"locations": [{"place": "Half", "latitude": 52.5}]}, "locations.0"),
        ({"availability": [{"weekday": 8, "start": "10:00", "end": "12:00"}]},
         "availability.0.weekday"),
        ({"availability": [{"weekday": 1, "start": "24:00", "end": "12:00"}]},
         "availability.0.start"),
        ({"email": "me@example.test"}, "email"),
    ],
)  # fmt: skip
def test_invalid_profile_names_field(provider: Person, changes: dict[str, Any], field: str) -> None:
    answer = provider.create(**changes)
    assert answer.status == 422, answer.text
    assert answer.problem["field"] == field
    assert "\u202e" not in answer.text


def test_create_profile_needs_only_name_city_and_birth_date(provider: Person) -> None:
    body = {"name": "Mira", "city": "Zürich", "dateOfBirth": "1990-01-01"}
    answer = provider.web.post(API, json=body)
    assert answer.status == 201, answer.text
    assert [item["code"] for item in answer.json["todo"]] == [
        "bio", "languages", "services", "rates", "locations", "availability", "publish",
        "verification",
    ]  # fmt: skip
    provider.profile_id = answer.json["id"]
    refused = provider.submit().problem
    assert refused["code"] == "profile-incomplete"
    assert "Add at least one rate." in refused["detail"]


def test_create_profile_accepts_matching_age(provider: Person) -> None:
    from tests.factories.escorts import age_of

    assert provider.create(age=age_of(PROFILE["dateOfBirth"])).status == 201


def test_second_profile_is_refused_with_first_id(provider: Person) -> None:
    provider.create()
    again = provider.web.post(API, json=PROFILE | {"name": "Another"})
    assert again.status == 409
    assert again.problem["code"] == "profile-exists"
    assert provider.path in again.problem["detail"]


def test_other_roles_cannot_create_profile(directory: DirectoryWorld) -> None:
    for role in ("client", "agency", "admin"):
        assert directory.person(role).create().status == 403
    assert directory.visitor().post(API, json=PROFILE).status == 401


def test_submit_with_outdated_consent_is_refused(provider: Person) -> None:
    provider.create()
    assert provider.do("submit", consentVersion=2).problem["code"] == "consent-outdated"
    assert "18 or older" in provider.web.get(f"{API}/me").json["consentText"]


def update(person: Person, version: str | None, **changes: Any) -> Any:
    body = {key: value for key, value in PROFILE.items() if key != "dateOfBirth"}
    headers = {"if-match": version} if version else {}
    return person.web.put(person.path, json=body | changes, headers=headers)


def test_update_with_stale_version_is_refused(provider: Person) -> None:
    etag = provider.create().headers["etag"]
    assert update(provider, None).problem["field"] == "If-Match"
    changed = update(provider, etag, bio="Another text.", rates=[])
    assert changed.status == 200, changed.text
    assert (changed.json["bio"], changed.json["rates"]) == ("Another text.", [])
    assert changed.headers["etag"] != etag
    late = update(provider, etag, bio="Too late.")
    assert (late.status, late.problem["code"]) == (412, "profile-changed")
    assert provider.web.get(f"{API}/me").json["bio"] == "Another text."


def test_profile_of_other_provider_is_404(directory: DirectoryWorld, provider: Person) -> None:
    provider.create()
    other = directory.provider()
    other.create()
    stranger = Person(other.user_id, other.web, provider.profile_id)
    assert update(stranger, '"1"').problem["code"] == "no-such-profile"
    for action in ("submit", "publish"):
        assert stranger.do(action, consentVersion=1).status == 404
    for action in ("withdraw", "hide", "show"):
        assert stranger.do(action).status == 404
    assert stranger.web.get(f"{provider.path}/verification").status == 404
    assert stranger.web.get(f"{provider.path}/avatar.svg").status == 404
    for action in ("verification", "suspend", "restore"):
        assert stranger.do(action, reason="Because.").status == 401


def test_birth_date_is_fixed_after_verification(provider: Person) -> None:
    etag = provider.create().headers["etag"]
    mended = update(provider, etag, dateOfBirth="1990-02-28")
    assert mended.json["dateOfBirth"] == "1990-02-28"
    minor = update(provider, mended.headers["etag"], dateOfBirth="2015-02-28")
    assert minor.problem["code"] == "under-age"
    etag = provider.submit().headers["etag"]
    assert (
        update(provider, etag, dateOfBirth="1991-01-01").problem["code"] == "date-of-birth-checked"
    )


@pytest.mark.slow
def test_former_slugs_redirect_in_api(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.published(staff)
    etag = provider.web.get(f"{API}/me").headers["etag"]
    moved = update(provider, etag, slug="mira-of-berlin")
    assert moved.json["slug"] == "mira-of-berlin"
    answer = visitor.get(f"{API}/mira-valen")
    assert (answer.status, answer.headers["location"]) == (301, f"{API}/mira-of-berlin")
    provider.do("hide")
    assert visitor.get(f"{API}/mira-valen").status == 404
    back = update(provider, provider.do("show").headers["etag"], slug="mira-valen")
    assert back.json["slug"] == "mira-valen"
    assert visitor.get(f"{API}/mira-of-berlin").headers["location"] == f"{API}/mira-valen"


def test_slug_of_other_profile_is_refused(directory: DirectoryWorld, provider: Person) -> None:
    provider.create()
    other = directory.provider()
    assert other.create().json["slug"] == "mira-valen-berlin"
    etag = other.web.get(f"{API}/me").headers["etag"]
    for slug, code in (
        ("mira-valen", "slug-taken"),
        ("staff", "slug-reserved"),
        ("vienna", "slug-reserved"),
        ("No!", "slug-malformed"),
    ):
        problem = update(other, etag, slug=slug).problem
        assert (problem["code"], problem["field"]) == (code, "slug")


@pytest.mark.slow
def test_number_of_slugs_is_limited(provider: Person) -> None:
    etag = provider.create().headers["etag"]
    for number in range(5):
        etag = update(provider, etag, slug=f"mira-{number}").headers["etag"]
    assert update(provider, etag, slug="mira-more").problem["code"] == "slugs-used-up"
    assert update(provider, etag, slug="mira-0").status == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"documentCheckedAt": None}, "documentCheckedAt"),
        ({"livenessCheckedAt": "2999-01-01T00:00:00Z"}, "livenessCheckedAt"),
        ({"livenessCheckedAt": "2020-01-01T00:00:00Z"}, "livenessCheckedAt"),
        ({"livenessCheckedAt": "2026-01-01T00:00:00"}, "livenessCheckedAt"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "9999-12-31T23:59:59Z"}, "expiresAt"),
        ({"decision": "maybe"}, "decision"),
        ({"decision": "rejected"}, "reason"),
    ],
)
def test_decision_requires_current_checks(
    directory: DirectoryWorld, provider: Person, staff: Person, changes: dict[str, Any], field: str
) -> None:
    provider.create()
    provider.submit()
    answer = staff.web.post(f"{provider.path}/verification", json=decision_body() | changes)
    assert answer.status == 422, answer.text
    assert answer.problem["field"] == field


def test_decision_without_request_is_refused(provider: Person, staff: Person) -> None:
    provider.create()
    answer = staff.web.post(f"{provider.path}/verification", json=decision_body())
    assert answer.problem["code"] == "nothing-waiting"
    unknown = f"{API}/01890a5d-ac96-774b-bcce-b302099a8057"
    assert staff.web.post(f"{unknown}/verification", json=decision_body()).status == 404
    assert staff.web.post(f"{unknown}/suspend", json={"reason": "Because."}).status == 404
    assert staff.web.post(f"{provider.path}/restore", json={"reason": "Because."}).status == 409


def test_avatar_is_public_with_profile(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.published(staff)
    answer = visitor.get(f"{provider.path}/avatar.svg")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
    provider.do("hide")
    assert visitor.get(f"{provider.path}/avatar.svg").status == 404
    assert provider.web.get(f"{provider.path}/avatar.svg").text == answer.text
    assert staff.web.get(f"{provider.path}/avatar.svg").status == 200
    assert visitor.get(f"{API}/mira-valen/avatar.svg").status == 404
