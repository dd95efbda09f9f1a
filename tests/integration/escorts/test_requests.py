"""What the API takes, and what it says about the rest."""

from typing import Any

import pytest

from tests.factories.escorts import API, PROFILE, Cast, Person, decision_body
from tests.fixtures.functions import FunctionClient

RATE = PROFILE["rates"][0]


@pytest.fixture
def mira(cast: Cast) -> Person:
    return cast.provider()


def test_nobody_listed_is_an_empty_page(visitor: FunctionClient) -> None:
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
def test_an_unknown_or_wrong_parameter_is_named(
    visitor: FunctionClient, query: str, field: str
) -> None:
    answer = visitor.get(f"{API}?{query}")
    assert answer.status == 422
    assert answer.problem["field"] == field


def test_an_unknown_city_gets_a_suggestion(visitor: FunctionClient) -> None:
    problem = visitor.get(f"{API}?location=berlni").problem
    assert (problem["code"], problem["field"]) == ("unknown-city", "location")
    assert "Did you mean berlin?" in problem["detail"]
    assert visitor.get(f"{API}?location=Z%C3%BCrich").status == 200


def test_cities_are_those_where_listing_is_allowed(visitor: FunctionClient) -> None:
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
def test_what_is_wrong_is_named(mira: Person, changes: dict[str, Any], field: str) -> None:
    answer = mira.create(**changes)
    assert answer.status == 422, answer.text
    assert answer.problem["field"] == field
    assert "\u202e" not in answer.text


def test_a_name_and_a_city_are_enough_to_begin(mira: Person) -> None:
    body = {"name": "Mira", "city": "Zürich", "dateOfBirth": "1990-01-01"}
    answer = mira.web.post(API, json=body)
    assert answer.status == 201, answer.text
    assert [item["code"] for item in answer.json["todo"]] == [
        "bio", "languages", "services", "rates", "locations", "availability", "publish",
        "verification",
    ]  # fmt: skip
    mira.profile_id = answer.json["id"]
    refused = mira.submit().problem
    assert refused["code"] == "profile-incomplete"
    assert "Add at least one rate." in refused["detail"]


def test_the_age_may_be_said_if_it_fits(mira: Person) -> None:
    from tests.factories.escorts import age_of

    assert mira.create(age=age_of(PROFILE["dateOfBirth"])).status == 201


def test_a_second_profile_points_to_the_first(mira: Person) -> None:
    mira.create()
    again = mira.web.post(API, json=PROFILE | {"name": "Another"})
    assert again.status == 409
    assert again.problem["code"] == "profile-exists"
    assert mira.path in again.problem["detail"]


def test_only_providers_have_profiles(cast: Cast) -> None:
    for role in ("client", "agency", "admin"):
        assert cast.person(role).create().status == 403
    assert cast.visitor().post(API, json=PROFILE).status == 401


def test_consent_is_to_the_words_that_count_now(mira: Person) -> None:
    mira.create()
    assert mira.do("submit", consentVersion=2).problem["code"] == "consent-outdated"
    assert "18 or older" in mira.web.get(f"{API}/me").json["consentText"]


def update(person: Person, version: str | None, **changes: Any) -> Any:
    body = {key: value for key, value in PROFILE.items() if key != "dateOfBirth"}
    headers = {"if-match": version} if version else {}
    return person.web.put(person.path, json=body | changes, headers=headers)


def test_an_update_needs_the_version_that_was_read(mira: Person) -> None:
    etag = mira.create().headers["etag"]
    assert update(mira, None).problem["field"] == "If-Match"
    changed = update(mira, etag, bio="Another text.", rates=[])
    assert changed.status == 200, changed.text
    assert (changed.json["bio"], changed.json["rates"]) == ("Another text.", [])
    assert changed.headers["etag"] != etag
    late = update(mira, etag, bio="Too late.")
    assert (late.status, late.problem["code"]) == (412, "profile-changed")
    assert mira.web.get(f"{API}/me").json["bio"] == "Another text."


def test_nobody_changes_somebody_elses(cast: Cast, mira: Person) -> None:
    mira.create()
    other = cast.provider()
    other.create()
    stranger = Person(other.user_id, other.web, mira.profile_id)
    assert update(stranger, '"1"').problem["code"] == "no-such-profile"
    for action in ("submit", "publish"):
        assert stranger.do(action, consentVersion=1).status == 404
    for action in ("withdraw", "hide", "show"):
        assert stranger.do(action).status == 404
    assert stranger.web.get(f"{mira.path}/verification").status == 404
    assert stranger.web.get(f"{mira.path}/avatar.svg").status == 404
    for action in ("verification", "suspend", "restore"):
        assert stranger.do(action, reason="Because.").status == 401


def test_the_birth_date_may_be_mended_until_it_is_checked(mira: Person) -> None:
    etag = mira.create().headers["etag"]
    mended = update(mira, etag, dateOfBirth="1990-02-28")
    assert mended.json["dateOfBirth"] == "1990-02-28"
    minor = update(mira, mended.headers["etag"], dateOfBirth="2015-02-28")
    assert minor.problem["code"] == "under-age"
    etag = mira.submit().headers["etag"]
    assert update(mira, etag, dateOfBirth="1991-01-01").problem["code"] == "date-of-birth-checked"


@pytest.mark.slow
def test_old_addresses_lead_to_the_new_one(
    cast: Cast, staff: Person, visitor: FunctionClient
) -> None:
    mira = cast.published(staff)
    etag = mira.web.get(f"{API}/me").headers["etag"]
    moved = update(mira, etag, slug="mira-of-berlin")
    assert moved.json["slug"] == "mira-of-berlin"
    answer = visitor.get(f"{API}/mira-valen")
    assert (answer.status, answer.headers["location"]) == (301, f"{API}/mira-of-berlin")
    mira.do("hide")
    assert visitor.get(f"{API}/mira-valen").status == 404
    back = update(mira, mira.do("show").headers["etag"], slug="mira-valen")
    assert back.json["slug"] == "mira-valen"
    assert visitor.get(f"{API}/mira-of-berlin").headers["location"] == f"{API}/mira-valen"


def test_addresses_are_never_shared(cast: Cast, mira: Person) -> None:
    mira.create()
    other = cast.provider()
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
def test_addresses_are_not_collected(mira: Person) -> None:
    etag = mira.create().headers["etag"]
    for number in range(5):
        etag = update(mira, etag, slug=f"mira-{number}").headers["etag"]
    assert update(mira, etag, slug="mira-more").problem["code"] == "slugs-used-up"
    assert update(mira, etag, slug="mira-0").status == 200


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
def test_a_decision_rests_on_current_checks(
    cast: Cast, mira: Person, staff: Person, changes: dict[str, Any], field: str
) -> None:
    mira.create()
    mira.submit()
    answer = staff.web.post(f"{mira.path}/verification", json=decision_body() | changes)
    assert answer.status == 422, answer.text
    assert answer.problem["field"] == field


def test_a_decision_needs_somebody_who_asked(mira: Person, staff: Person) -> None:
    mira.create()
    answer = staff.web.post(f"{mira.path}/verification", json=decision_body())
    assert answer.problem["code"] == "nothing-waiting"
    unknown = f"{API}/01890a5d-ac96-774b-bcce-b302099a8057"
    assert staff.web.post(f"{unknown}/verification", json=decision_body()).status == 404
    assert staff.web.post(f"{unknown}/suspend", json={"reason": "Because."}).status == 404
    assert staff.web.post(f"{mira.path}/restore", json={"reason": "Because."}).status == 409


def test_the_picture(cast: Cast, staff: Person, visitor: FunctionClient) -> None:
    mira = cast.published(staff)
    answer = visitor.get(f"{mira.path}/avatar.svg")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
    mira.do("hide")
    assert visitor.get(f"{mira.path}/avatar.svg").status == 404
    assert mira.web.get(f"{mira.path}/avatar.svg").text == answer.text
    assert staff.web.get(f"{mira.path}/avatar.svg").status == 200
    assert visitor.get(f"{API}/mira-valen/avatar.svg").status == 404
