"""Communications through the API."""

from tests.factories.crm import CrmFactory, CrmUser

CALL = {
    "type": "call",
    "direction": "inbound",
    "happenedAt": "2026-10-01T10:00:00Z",
    "subject": "Asked for Friday",
    "text": "Wants the quiet room.",
}


def test_communication_created_is_read_and_updated(provider: CrmUser) -> None:
    leo = provider.create_client()["id"]
    answer = provider.post("/communications", CALL | {"clientId": leo})
    assert answer.status == 201, answer.text
    said = answer.json
    path = f"/communications/{said['id']}"
    assert answer.headers["location"].endswith(path)
    assert provider.get(path).json | {"clientName": None} == said

    body = CALL | {"text": "Wants the blue room.", "version": 1}
    assert provider.put(path, body).json["text"] == "Wants the blue room."
    assert provider.put(path, body).problem["code"] == "changed-meanwhile"
    assert provider.delete(path).status == 204
    assert provider.get(path).problem["code"] == "no-such-entry"


def test_communication_list_filters_by_client_channel_direction_and_time(provider: CrmUser) -> None:
    leo, ada = provider.create_client("Leo")["id"], provider.create_client("Ada")["id"]
    mail = CALL | {"type": "email", "direction": "outbound", "happenedAt": "2026-10-03T10:00:00Z"}
    for body in (CALL | {"clientId": leo}, mail | {"clientId": leo}, mail | {"clientId": ada}):
        assert provider.post("/communications", body).status == 201

    def found(query: str) -> list[tuple[str, str]]:
        items = provider.get(f"/communications?{query}").json["items"]
        return [(one["clientName"], one["type"]) for one in items]

    assert found(f"clientId={leo}") == [("Leo", "email"), ("Leo", "call")]
    assert found("type=call") == [("Leo", "call")]
    assert found(f"direction=outbound&clientId={ada}") == [("Ada", "email")]
    assert found("until=2026-10-02T00:00:00Z") == [("Leo", "call")]
    assert len(found("since=2026-10-02T00:00:00Z")) == 2

    first = provider.get("/communications?limit=2").json
    second = provider.get(f"/communications?limit=2&cursor={first['nextCursor']}").json
    assert (len(first["items"]), len(second["items"]), second["nextCursor"]) == (2, 1, None)


def test_communication_for_client_of_other_provider_returns_404(
    provider: CrmUser, crm_factory: CrmFactory
) -> None:
    leo, nora = provider.create_client()["id"], crm_factory.create_user("nora-lind")
    refused = nora.post("/communications", CALL | {"clientId": leo})
    assert refused.problem["code"] == "no-such-client"
