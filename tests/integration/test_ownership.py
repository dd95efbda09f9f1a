"""Ownership: every route with an id refuses callers that do not own the record.

Permissions are per role; these tests check the owner. A new route with an id that answers 422 here needs a row in
`BODIES`: the body of a valid request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from kit import clock
from kit.auth import Audience, SessionStore
from kit.db import Database
from kit.ids import new_id
from tests.factories.escorts import API, PROFILE, make_account, sign_in
from tests.fixtures.functions import FunctionClient
from tests.integration.test_authorization_matrix import (
    ANYONE,
    EXAMPLE_PARAMETERS,
    PathParameters,
    Route,
    list_routes,
    read_matrix,
)

pytestmark = pytest.mark.slow

type Functions = Callable[..., FunctionClient]

ATTACKERS = ("client", "escort", "escort@admin", "escort@crm", "agency", "admin@site")
CONSENT = {"consentVersion": "1"}
AHEAD = clock.now() + timedelta(days=90)
TOUR = {
    "city": "hamburg",
    "from": AHEAD.date().isoformat(),
    "to": (AHEAD + timedelta(days=4)).date().isoformat(),
}
# Valid request bodies, if the record were the caller's.
BODIES: dict[str, dict[str, Any]] = {
    "PUT /api/v1/crm/{slug}/clients/{client_id}": {"name": "mine now", "version": 1},
    "POST /api/v1/crm/{slug}/clients/{client_id}/archive": {"version": 1},
    "POST /api/v1/crm/{slug}/clients/{client_id}/merge": {
        "absorbedId": str(new_id()),
        "version": 1,
    },
    "POST /api/v1/crm/{slug}/clients/{client_id}/unarchive": {"version": 1},
    "PUT /api/v1/crm/{slug}/communications/{communication_id}": {
        "type": "call",
        "direction": "inbound",
        "happenedAt": "2026-10-01T10:00:00Z",
        "version": 1,
    },
    "PUT /api/v1/crm/{slug}/tasks/{task_id}": {"title": "mine now", "version": 1},
    "POST /api/v1/crm/{slug}/tasks/{task_id}/done": {"version": 1},
    "POST /api/v1/crm/{slug}/tasks/{task_id}/reopen": {"version": 1},
    "POST /api/v1/crm/{slug}/subject-requests/{case_id}/answer": {"sections": ["visits"]},
    "POST /api/v1/crm/{slug}/subject-requests/{case_id}/decline": {"reason": "different-person"},
    "PUT /api/v1/crm/{slug}/visits/{visit_id}": {
        "startsAt": AHEAD.isoformat(),
        "timeZone": "Europe/Berlin",
        "durationMinutes": 60,
        "type": "incall",
        "currency": "EUR",
        "version": 1,
    },
    "PUT /api/v1/crm/{slug}/visits/{visit_id}/payment": {},
    "PUT /api/v1/crm/{slug}/screening/{screening_id}": {"type": "other", "version": 1},
    "POST /api/v1/crm/{slug}/screening/{screening_id}/verify": {},
    "POST /api/v1/crm/{slug}/screening/{screening_id}/fail": {},
    "PUT /api/v1/crm/{slug}/references/{reference_id}": {"name": "mine now", "version": 1},
    "PUT /api/v1/users/{user_id}": {"firstName": "Mallory"},
    "PUT /api/v1/users/{user_id}/status": {"status": "suspended", "reason": "none of theirs"},
    "PUT /api/v1/escorts/{profile_id}": {
        key: value for key, value in PROFILE.items() if key != "dateOfBirth"
    },
    "POST /api/v1/escorts/{profile_id}/submit": CONSENT,
    "POST /api/v1/escorts/{profile_id}/publish": CONSENT,
    "PUT /api/v1/escorts/{profile_id}/hours": {"rules": []},
    "POST /api/v1/escorts/{profile_id}/available-now": {"minutes": 60},
    "POST /api/v1/escorts/{profile_id}/tours": TOUR,
    "PUT /api/v1/escorts/{profile_id}/tours/{tour_id}": TOUR,
    "POST /api/v1/escorts/{profile_id}/exceptions": {
        "kind": "closed",
        "date": AHEAD.date().isoformat(),
    },
    "PUT /api/v1/escorts/{profile_id}/slug": {"slug": "mine-now"},
    "PUT /api/v1/escorts/{profile_id}/appearance": {"theme": "house", "layout": "portrait"},
    "PUT /api/v1/escorts/saved-searches/{search_id}": {"name": "mine now", "query": {}},
    "POST /api/v1/escorts/{profile_id}/verification": {"decision": "review"},
    "POST /api/v1/escorts/text-reviews/{review_id}": {"decision": "allowed", "seen": "0" * 64},
    "POST /api/v1/escorts/{profile_id}/suspend": {"reason": "none of theirs"},
    "POST /api/v1/escorts/{profile_id}/restore": {"reason": "none of theirs"},
    "PUT /api/v1/bookings/{booking_id}": {"note": "mine now"},
    "PUT /api/v1/bookings/{booking_id}/status": {"status": "cancelled"},
    "PUT /api/v1/bookings/{booking_id}/note": {"note": "mine now"},
    "PUT /api/v1/bookings/{booking_id}/address": {"address": "mine now"},
    "POST /api/v1/bookings/{booking_id}/propose": {"duration": 60},
    "POST /api/v1/bookings/{booking_id}/accept-proposal": {"proposalId": str(new_id())},
}
# Routes with the same response whether a record was ended or not, since it may have ended in another tab.
SILENT = {
    "POST /account/sessions/{session_id}/end",
    "DELETE /api/v1/bookings/waitlist/{entry_id}",
}
# Routes with the same response for every slug or id, existing or not.
SAME_FOR_ALL = {
    "GET /{slug}/admin/login",
    "POST /{slug}/admin/login",
    "POST /{slug}/admin/logout",
    "GET /{slug}/crm/login",
    "POST /{slug}/crm/login",
    "POST /{slug}/crm/logout",
    "POST /api/v1/escorts/{profile_id}/views",
}


@dataclass
class Victim:
    """Provider with an account, an unpublished draft profile, and a second session.

    The draft has a tour and an exception; a client has a saved search.
    """

    ids: dict[str, str]
    web: FunctionClient
    token: str
    client_token: str

    def read_state(self) -> list[Any]:
        """Return all data of the provider that an attacker might have changed."""
        account = self.web.get("/api/v1/users/profile", token=self.token)
        sessions = self.web.get("/api/v1/auth/sessions", token=self.token)
        profile = self.web.get(f"{API}/me", token=self.token)
        time = self.web.get(f"{API}/{self.ids['profile_id']}/hours", token=self.token)
        searches = self.web.get(f"{API}/saved-searches", token=self.client_token)
        answers = (account, sessions, profile, time, searches)
        assert {answer.status for answer in answers} == {200}
        live = sorted(one["id"] for one in sessions.json["items"])
        return [account.json, live, profile.json, time.json, searches.json]


@pytest.fixture
def victim(functions: Functions, cloud: dict[str, str], database: Database) -> Victim:
    user_id = make_account(database, "escort")
    token = sign_in(cloud, user_id, "escort", Audience.SITE)
    elsewhere, _ = SessionStore(cloud["SESSIONS_TABLE"]).create(
        user_id=user_id, role="escort", audience=Audience.SITE, device="phone", network="x"
    )
    web = functions("Gateway")
    created = web.post(API, json=PROFILE, token=token)
    assert created.status == 201, created.text
    own = f"{API}/{created.json['id']}"
    day, later = ((clock.now() + timedelta(days=n)).date().isoformat() for n in (40, 60))
    tour = web.post(f"{own}/tours", json={"city": "hamburg", "from": day, "to": day}, token=token)
    closed = {"kind": "closed", "date": later}
    exception = web.post(f"{own}/exceptions", json=closed, token=token)
    client_token = sign_in(cloud, make_account(database, "client"), "client", Audience.SITE)
    saved_search = {"name": "Mine", "query": {"location": "berlin"}}
    search = web.post(f"{API}/saved-searches", json=saved_search, token=client_token)
    assert {tour.status, exception.status, search.status} == {201}, (tour.text, exception.text)
    ids = {
        "user_id": str(user_id),
        "session_id": elsewhere.id,
        "profile_id": created.json["id"],
        "id_or_slug": created.json["id"],
        "slug": created.json["slug"],
        "tour_id": tour.json["id"],
        "exception_id": exception.json["id"],
        "search_id": search.json["id"],
    }
    return Victim(ids, web, token, client_token)


def list_owned_routes() -> list[Route]:
    """Return the routes with the id of an owned record."""
    return [
        route
        for route in list_routes()
        if "{" in route.path and route.path.rpartition("{")[2] not in {"token}", "slug}"}
    ]


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_routes_with_foreign_ids_are_refused(
    functions: Functions,
    cloud: dict[str, str],
    database: Database,
    victim: Victim,
    attacker: str,
) -> None:
    role, _, realm = attacker.partition("@")
    user_id = make_account(database, role)
    if role == "escort":
        at_site = sign_in(cloud, user_id, role, Audience.SITE)
        own = functions("Gateway").post(API, json=PROFILE, token=at_site)
        assert own.status == 201
    token = sign_in(cloud, user_id, role, Audience(realm or "site"))
    before = victim.read_state()
    rows = read_matrix()
    found: list[str] = []
    for route in list_owned_routes():
        if ANYONE in rows.get((route.method, route.path), ()):
            continue
        web = functions("Gateway")
        body = BODIES.get(str(route)) if route.is_api else None
        answer = web.request(
            route.method,
            route.path.format_map(PathParameters(EXAMPLE_PARAMETERS | victim.ids)),
            json=body,
            form=None if route.is_api or route.method == "GET" else {"reason": "none of theirs"},
            headers={"accept": "application/json", "if-match": '"1"'},
            token=token,
        )
        # Only refusals count that do not depend on the form of the request.
        if answer.status not in {401, 403, 404} and str(route) not in SILENT:
            found.append(f"{route}: {answer.status} {answer.text[:200]}")

    assert found == []
    assert victim.read_state() == before


def test_routes_with_foreign_ids_as_staff_succeed(
    functions: Functions, cloud: dict[str, str], database: Database, victim: Victim
) -> None:
    """Counter-test: the same requests succeed for permitted callers."""
    token = sign_in(cloud, make_account(database, "admin"), "admin", Audience.ADMIN)
    user, profile = victim.ids["user_id"], victim.ids["profile_id"]

    assert functions("AuthWeb").get(f"/api/v1/users/{user}", token=token).status == 200
    assert functions("Gateway").get(f"{API}/{profile}/verification", token=token).status == 200


def test_draft_on_public_routes_is_not_found(functions: Functions, victim: Victim) -> None:
    rows = read_matrix()
    public = [
        route for route in list_owned_routes() if ANYONE in rows.get((route.method, route.path), ())
    ]
    assert public

    for route in public:
        web = functions("Gateway")
        here = web.request(
            route.method, route.path.format_map(PathParameters(EXAMPLE_PARAMETERS | victim.ids))
        )
        nowhere = web.request(route.method, route.path.format_map(EXAMPLE_PARAMETERS))
        assert here.status == nowhere.status, route
        if str(route) not in SAME_FOR_ALL:
            assert here.status in {404, 405, 422}, route
