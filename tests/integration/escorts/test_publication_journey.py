"""Journey of a profile from draft to public and back, through the handler as Lambda calls it."""

from typing import Any

from kit.db import Database
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person, age_of, verify
from tests.fixtures.functions import FunctionClient


def listed(visitor: FunctionClient, query: str = "?location=berlin") -> list[str]:
    answer = visitor.get(API + query)
    assert answer.status == 200, answer.text
    return [item["id"] for item in answer.json["items"]]


def test_profile_goes_from_draft_to_public_suspended_and_restored(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.provider()
    created = provider.create()
    assert created.status == 201, created.text
    assert created.headers["location"] == provider.path
    assert created.json["public"] is False
    assert [item["code"] for item in created.json["todo"]] == ["publish", "verification"]
    assert visitor.get(provider.path).status == 404
    assert visitor.get(f"{API}/mira-valen").problem["code"] == "no-such-profile"

    submitted = provider.submit()
    assert submitted.status == 200, submitted.text
    assert submitted.json["verification"]["status"] == "pending"
    assert listed(visitor) == []

    assert verify(staff, provider).status == 200
    assert listed(visitor) == listed(visitor, "") == [provider.profile_id]
    assert visitor.get(provider.path).json["slug"] == "mira-valen"
    assert visitor.get(f"{API}/mira-valen").json["id"] == provider.profile_id
    own = provider.web.get(f"{API}/me").json
    assert (own["public"], own["todo"]) == (True, [])

    suspended = staff.web.post(f"{provider.path}/suspend", json={"reason": "Reported twice."})
    assert suspended.status == 200, suspended.text
    assert listed(visitor) == []
    assert visitor.get(provider.path).status == visitor.get(f"{API}/mira-valen").status == 404
    assert provider.web.get(f"{API}/me").json["suspensionReason"] == "Reported twice."

    assert staff.web.post(f"{provider.path}/restore", json={"reason": "Cleared."}).status == 200
    assert listed(visitor) == [provider.profile_id]


def test_owner_withdraws_hides_and_publishes_again(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.published(staff)
    assert provider.do("hide").json["hidden"] is True
    assert listed(visitor) == []
    assert provider.do("show").json["public"] is True
    withdrawn = provider.do("withdraw").json
    assert (withdrawn["status"], withdrawn["consentVersion"]) == ("inactive", None)
    assert listed(visitor) == []
    assert provider.do("hide").problem["code"] == "profile-inactive"
    assert provider.do("publish", consentVersion=1).json["public"] is True
    assert listed(visitor) == [provider.profile_id]


def test_public_profile_shows_public_fields_only(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.published(staff)
    shown: dict[str, Any] = visitor.get(provider.path).json
    assert shown["age"] == age_of(PROFILE["dateOfBirth"])
    assert shown["rates"] == PROFILE["rates"]
    assert shown["availability"] == PROFILE["availability"]
    assert shown["locations"] == [{"place": "Mitte", "latitude": 52.52, "longitude": 13.4}]
    assert (shown["cityName"], shown["country"], shown["timeZone"]) == (
        "Berlin",
        "DE",
        "Europe/Berlin",
    )
    assert shown["verified"] is True
    assert (shown["heightCm"], shown["ethnicity"]) == (172, None)


def test_draft_is_visible_to_owner_and_staff_only(directory: DirectoryWorld, staff: Person) -> None:
    provider, other, client = directory.provider(), directory.provider(), directory.person("client")
    provider.create()
    other.create(name="Somebody Else")
    for address in (provider.path, f"{API}/mira-valen"):
        own = provider.web.get(address).json
        assert own["dateOfBirth"] == PROFILE["dateOfBirth"]
        seen = staff.web.get(address).json
        assert seen["userId"] == str(provider.user_id)
        assert "dateOfBirth" not in seen
        assert other.web.get(address).status == client.web.get(address).status == 404
    site_admin = directory.person("admin")
    assert site_admin.web.get(provider.path).status == 404


def test_rejected_provider_may_submit_again(directory: DirectoryWorld, staff: Person) -> None:
    provider = directory.provider()
    provider.create()
    provider.submit()
    assert verify(staff, provider, decision="rejected").json["status"] == "rejected"
    own = provider.web.get(f"{API}/me").json
    assert "The document does not match." in own["todo"][-1]["text"]
    assert provider.submit().status == 200
    assert provider.submit().problem["code"] == "verification-waiting"
    history = provider.web.get(f"{provider.path}/verification").json
    assert [item["status"] for item in history["items"]] == ["pending", "rejected"]


def test_revoked_profile_is_delisted_at_once(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.published(staff)
    assert verify(staff, provider, decision="revoked").json["status"] == "revoked"
    assert listed(visitor) == []


def test_rejected_renewal_ends_verification(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.published(staff)
    verify_days = verify(staff, provider, days=30)
    assert verify_days.problem["code"] == "nothing-waiting"
    assert provider.submit().problem["code"] == "verification-current"

    nora = directory.provider()
    nora.create(name="Nora Lind")
    nora.submit()
    verify(staff, nora, days=30)
    assert nora.submit().status == 200
    assert nora.profile_id in listed(visitor)
    verify(staff, nora, decision="rejected")
    assert nora.profile_id not in listed(visitor)


def test_verified_renewal_replaces_verification(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.provider()
    provider.create()
    provider.submit()
    verify(staff, provider, days=30)
    provider.submit()
    assert verify(staff, provider, decision="in_review").json["status"] == "in_review"
    assert listed(visitor) == [provider.profile_id]
    assert verify(staff, provider).status == 200
    assert listed(visitor) == [provider.profile_id]
    history = provider.web.get(f"{provider.path}/verification").json["items"]
    assert [item["status"] for item in history] == ["verified", "expired"]


def test_verification_queue_shrinks_with_decisions(
    directory: DirectoryWorld, staff: Person
) -> None:
    people = [directory.provider() for _ in range(3)]
    for number, person in enumerate(people):
        person.create(name=f"Provider {number}")
        person.submit()
    first = staff.web.get(f"{API}/verification-queue?limit=2").json
    assert [item["name"] for item in first["items"]] == ["Provider 0", "Provider 1"]
    rest = staff.web.get(f"{API}/verification-queue?limit=2&cursor={first['nextCursor']}").json
    assert [item["name"] for item in rest["items"]] == ["Provider 2"]
    assert rest["nextCursor"] is None
    assert people[0].web.get(f"{API}/verification-queue").status == 401


def test_staff_actions_are_in_audit_log(
    directory: DirectoryWorld, staff: Person, database: Database
) -> None:
    provider = directory.published(staff)
    history = staff.web.get(f"{provider.path}/verification").json
    assert history["dateOfBirth"] == PROFILE["dateOfBirth"]
    staff.web.post(f"{provider.path}/suspend", json={"reason": "Reported twice."})
    with database.transaction() as work:
        rows = work.execute("SELECT * FROM escorts.audit_log ORDER BY at, id").fetchall()
    assert [row["action"] for row in rows] == [
        "verification.verified",
        "birth-date.read",
        "profile.suspend",
    ]
    assert {row["actor"] for row in rows} == {staff.user_id}
    assert rows[2]["reason"] == "Reported twice."
    assert PROFILE["dateOfBirth"] not in str(rows)


def test_every_step_publishes_an_event(
    directory: DirectoryWorld, staff: Person, database: Database
) -> None:
    provider = directory.published(staff)
    provider.do("hide")
    with database.transaction() as work:
        rows = work.execute(
            "SELECT source, type, envelope FROM outbox.messages ORDER BY id"
        ).fetchall()
    assert [row["type"] for row in rows] == [
        "ProfileCreated",
        "ProfilePublished",
        "VerificationRequested",
        "VerificationDecided",
        "ProfilePaused",
        "ProfileDelisted",
    ]
    assert {row["source"] for row in rows} == {"hellomahi.escorts"}
    text = str([row["envelope"] for row in rows])
    assert "Mira" not in text
    assert str(provider.user_id) not in text
