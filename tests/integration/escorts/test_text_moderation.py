"""Text moderation (H13): the queue, the decision, and its effect on the profile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from escorts.domain.text_moderation import TextDecision
from escorts.publisher import ProfileEvents
from escorts.repository import Profiles, Verifications
from escorts.repository.slugs import slug_reader
from escorts.service.text_moderation import TextModeration
from kit import clock
from kit.auth import Audience
from kit.db import Database
from kit.errors import DomainError
from kit.ids import new_id
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person, make_account, sign_in
from tests.factories.waiting import PATIENCE
from tests.fixtures.functions import Answer, FunctionClient

DOUBTFUL = "Nobody under 18, please. Long dinners."
REASON = "Leave ages out of the text."
QUEUE = f"{API}/text-reviews"
HTML = {"accept": "text/html"}


@pytest.fixture
def provider(directory: DirectoryWorld, staff: Person) -> Person:
    """Return a public provider with a pending text review."""
    return directory.published(staff, bio=DOUBTFUL)


def list_pending(staff: Person, query: str = "") -> list[dict[str, Any]]:
    answer = staff.web.get(QUEUE + query)
    assert answer.status == 200, answer.text
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def decide(staff: Person, item: dict[str, Any], decision: str, **more: Any) -> Answer:
    body = {"decision": decision, "seen": item["seen"]} | more
    return staff.web.post(f"{QUEUE}/{item['id']}", json=body)


def refuse(staff: Person) -> Answer:
    return decide(staff, list_pending(staff)[0], "refused", reason=REASON)


def save(person: Person, **changes: Any) -> Answer:
    version = person.web.get(f"{API}/me").headers["etag"]
    body = {name: value for name, value in (PROFILE | changes).items() if name != "dateOfBirth"}
    return person.web.put(person.path, json=body, headers={"if-match": version})


def get_own_profile(person: Person) -> dict[str, Any]:
    found: dict[str, Any] = person.web.get(f"{API}/me").json
    return found


def event_data(database: Database, kind: str) -> list[dict[str, Any]]:
    with database.transaction() as work:
        rows = work.execute(
            "SELECT envelope -> 'data' AS data FROM outbox.messages WHERE type = %s", (kind,)
        )
        return [row["data"] for row in rows]


def test_review_queue_shows_text_and_reason(provider: Person, staff: Person) -> None:
    (item,) = list_pending(staff)

    assert item["profileId"] == provider.profile_id
    assert (item["name"], item["field"]) == ("Mira Valen", "bio")
    assert (item["term"], item["reason"]) == ("under 18", "minors")
    assert item["texts"] == [{"field": "bio", "text": DOUBTFUL}]


def test_review_queue_is_paginated(directory: DirectoryWorld, staff: Person) -> None:
    for number in range(3):
        directory.provider().create(name=f"Provider {number}", bio="Call my manager.")
    first = staff.web.get(f"{QUEUE}?limit=2").json
    rest = staff.web.get(f"{QUEUE}?limit=2&cursor={first['nextCursor']}").json

    names = [item["name"] for item in [*first["items"], *rest["items"]]]
    assert names == ["Provider 0", "Provider 1", "Provider 2"]
    assert rest["nextCursor"] is None
    assert staff.web.get(f"{QUEUE}?cursor=nonsense").problem["field"] == "cursor"


def test_pending_text_is_public_and_refused_text_is_not(
    provider: Person, staff: Person, visitor: FunctionClient, database: Database
) -> None:
    assert visitor.get(provider.path).status == 200

    assert refuse(staff).json["outcome"] == "refused"

    assert visitor.get(provider.path).status == 404
    assert visitor.get(f"{API}?location=berlin").json["items"] == []
    shown = get_own_profile(provider)
    assert shown["public"] is False
    assert shown["todo"] == [
        {"code": "text", "text": f"Change your text about you: {REASON}", "waiting": False}
    ]
    (gone,) = event_data(database, "ProfileDelisted")
    assert gone["slugs"] == ["mira-valen"]
    (event,) = event_data(database, "TextModerated")
    assert (event["userId"], event["decision"]) == (str(provider.user_id), "refused")


def test_dashboard_shows_reason_of_refusal_and_link(
    provider: Person, directory: DirectoryWorld, staff: Person
) -> None:
    refuse(staff)
    overview = directory.at_home(provider).web.get("/mira-valen/admin", headers=HTML).text

    assert REASON in overview
    assert "Not public: a text has to be changed" in overview
    assert "/mira-valen/admin/profile" in overview


def test_changed_text_makes_profile_public_again(
    provider: Person, staff: Person, visitor: FunctionClient
) -> None:
    refuse(staff)

    assert save(provider, bio=DOUBTFUL, heightCm=180).json["public"] is False
    assert save(provider, bio=f"Hello. {DOUBTFUL}").json["public"] is False
    assert save(provider, bio="Fond of long dinners.").json["public"] is True
    assert visitor.get(provider.path).status == 200
    assert list_pending(staff) == []


def test_refused_text_moved_to_other_field_stays_refused(provider: Person, staff: Person) -> None:
    refuse(staff)

    assert save(provider, bio="Dinners.", ethnicity=DOUBTFUL).json["public"] is False


def test_changed_text_with_term_is_reviewed_again(provider: Person, staff: Person) -> None:
    refuse(staff)
    save(provider, bio="No guests under 18 in my house.")
    (item,) = list_pending(staff)

    assert decide(staff, item, "allowed").json["outcome"] == "allowed"
    assert get_own_profile(provider)["public"] is True
    # An allowed text is not reviewed again, however often it is restored.
    save(provider, bio="Dinners.")
    save(provider, bio="No guests under 18 in my house.")
    assert list_pending(staff) == []


def test_text_changed_before_review_leaves_queue(provider: Person, staff: Person) -> None:
    (item,) = list_pending(staff)
    save(provider, bio="Fond of long dinners.")

    assert list_pending(staff) == []
    assert decide(staff, item, "allowed").problem["code"] == "text-decided"


def test_decision_about_changed_text_is_refused(provider: Person, staff: Person) -> None:
    (item,) = list_pending(staff)
    save(provider, bio="Everybody under 18, please.")

    answer = decide(staff, item, "allowed")

    assert (answer.status, answer.problem["code"]) == (409, "text-changed")


def test_repeated_decision_is_idempotent_and_second_moderator_gets_409(
    provider: Person, directory: DirectoryWorld, staff: Person, database: Database
) -> None:
    (item,) = list_pending(staff)
    first = decide(staff, item, "refused", reason=REASON)
    again = decide(staff, item, "refused", reason=REASON)

    assert (first.status, again.status) == (200, 200)
    assert first.json == again.json
    for other in (
        decide(directory.staff(), item, "refused", reason=REASON),
        decide(directory.staff(), item, "allowed"),
        decide(staff, item, "allowed"),
    ):
        assert (other.status, other.problem["code"]) == (409, "text-decided")
    assert len(event_data(database, "TextModerated")) == 1
    with database.transaction() as work:
        rows = work.execute("SELECT * FROM escorts.audit_log WHERE action LIKE 'text%'").fetchall()
    assert [(row["action"], row["actor"], row["reason"]) for row in rows] == [
        ("text.refused", staff.user_id, REASON)
    ]
    assert DOUBTFUL not in str(rows)


def test_invalid_text_decision_names_field(
    provider: Person, staff: Person, directory: DirectoryWorld
) -> None:
    (item,) = list_pending(staff)

    assert decide(staff, item, "refused").problem["field"] == "reason"
    assert decide(staff, item, "perhaps").problem["field"] == "decision"
    assert decide(staff, item, "allowed", seen="x").problem["field"] == "seen"
    nothing = staff.web.post(
        f"{QUEUE}/{new_id()}", json={"decision": "allowed", "seen": item["seen"]}
    )
    assert nothing.problem["code"] == "no-such-text"
    assert provider.web.get(QUEUE).status == 401
    assert get_own_profile(provider)["public"] is True


def test_moderator_cannot_review_own_profile(
    directory: DirectoryWorld, cloud: dict[str, str], functions: Callable[..., FunctionClient]
) -> None:
    """The account was a provider's and is a staff member's now."""
    provider = directory.provider()
    provider.create(bio=DOUBTFUL)
    token = sign_in(cloud, provider.user_id, "admin", Audience.ADMIN)
    web = functions(provider.web.name, token=token)
    staff = Person(provider.user_id, web)

    assert decide(staff, list_pending(staff)[0], "allowed").problem["code"] == "own-profile"


def test_text_reviews_page_allows_and_refuses(
    provider: Person, staff: Person, directory: DirectoryWorld, visitor: FunctionClient
) -> None:
    (item,) = list_pending(staff)
    page = staff.web.get("/staff/texts", headers=HTML).text
    assert page.count("<h1") == 1
    for text in (DOUBTFUL, "under 18", "Mira Valen", item["seen"]):
        assert text in page
    path = f"/staff/texts/{item['id']}"

    missing = staff.web.post(f"{path}/refuse", form={"seen": item["seen"]})
    assert (missing.status, "Reason" in missing.text) == (422, True)
    done = staff.web.post(f"{path}/refuse", form={"seen": item["seen"], "reason": REASON})
    assert (done.status, done.headers["location"]) == (303, "/staff/texts?done=refused")
    after = staff.web.get("/staff/texts?done=refused", headers=HTML).text
    assert "No pending texts" in after
    assert visitor.get(provider.path).status == 404
    other = directory.staff().web.post(f"{path}/allow", form={"seen": item["seen"]})
    assert (other.status, "decided about already" in other.text) == (409, True)


def test_closed_profile_deletes_text_reviews(
    provider: Person, staff: Person, database: Database
) -> None:
    assert provider.web.delete(provider.path).status == 204

    assert list_pending(staff) == []
    assert make_account(database, "client")
    with database.transaction() as work:
        assert work.execute("SELECT FROM escorts.text_reviews").fetchall() == []


def test_concurrent_text_decisions_have_one_winner(
    provider: Person,
    staff: Person,
    directory: DirectoryWorld,
    database_as: Callable[[str], Database],
) -> None:
    """Both transactions begin before either moderator decides."""
    (item,) = list_pending(staff)
    review_id, barrier = UUID(item["id"]), Barrier(2, timeout=PATIENCE)

    def decide_once(who: Person, database: Database, decision: TextDecision) -> str:
        with database.transaction() as work:
            profiles, publisher = Profiles(work), ProfileEvents(work.outbox, slug_reader(work))
            moderation = TextModeration(
                profiles.text_reviews, profiles, Verifications(work), publisher, clock.now
            )
            moderation.list_pending(None, 10)
            barrier.wait()
            try:
                moderation.decide(
                    who.user_id, review_id, decision, seen=item["seen"], reason=REASON
                )
            except DomainError as error:
                work.rollback()
                return error.code
        return decision

    moderators = (staff, directory.staff())
    databases = [database_as("escorts_dashboard") for _ in moderators]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(decide_once, moderators, databases, TextDecision))

    assert outcomes.count("text-decided") == 1
    (winner,) = set(outcomes) - {"text-decided"}
    assert get_own_profile(provider)["public"] is (winner == "allowed")
