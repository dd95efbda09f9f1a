"""Merge rules and duplicate groups."""

from uuid import UUID

from crm.domain.client_fields import MAX_TEXT_LENGTH
from crm.domain.clients import ClientProfile, ClientStatus
from crm.domain.duplicates import connected_groups
from crm.domain.enums import ClientScreeningStatus, CommunicationPreference
from crm.domain.merging import merge_details, merge_status

A, B, C, D = (UUID(int=number) for number in range(1, 5))


def test_merge_details_keeps_accounts_and_import_keys_of_both() -> None:
    target = ClientProfile(name="Leo", account_id=A, import_key="row 1")
    absorbed = ClientProfile(
        name="Leon", account_id=B, import_key="row 2", merged_import_keys=("row 3",)
    )
    both = merge_details(target, absorbed)
    assert (both.account_id, both.merged_accounts) == (A, (B,))
    assert (both.import_key, both.merged_import_keys) == ("row 1", ("row 2", "row 3"))
    assert ClientProfile.from_payload(both.encrypted_payload()) == both
    assert {("account", A.hex), ("account", B.hex), ("import", "row 3")} <= both.tokens()
    assert merge_details(ClientProfile(name="Leo"), absorbed).account_id == B


def test_merge_details_with_same_name_adds_no_alias() -> None:
    assert merge_details(
        ClientProfile(name="Leo"), ClientProfile(name="Leo", aliases=("L",))
    ).aliases == ("L",)


def test_merge_details_too_long_texts_keep_target_text() -> None:
    long = ClientProfile(name="Leo", notes="a" * MAX_TEXT_LENGTH)
    assert merge_details(long, ClientProfile(name="Leon", notes="b")).notes == long.notes
    assert (
        merge_details(
            ClientProfile(name="Leo", notes="b"), ClientProfile(name="Leon", notes="b")
        ).notes
        == "b"
    )


def test_merge_status_keeps_rejection_and_contact_refusal() -> None:
    warned = ClientStatus(
        screening_status=ClientScreeningStatus.REJECTED,
        communication_preference=CommunicationPreference.NO_CONTACT,
    )
    trusted = ClientStatus(screening_status=ClientScreeningStatus.APPROVED)
    for target, absorbed in ((warned, trusted), (trusted, warned)):
        both = merge_status(target, absorbed)
        assert both.screening_status is ClientScreeningStatus.REJECTED
        assert both.communication_preference is CommunicationPreference.NO_CONTACT
    assert merge_status(ClientStatus(), trusted).screening_status is ClientScreeningStatus.APPROVED
    assert merge_status(trusted, ClientStatus()).screening_status is ClientScreeningStatus.APPROVED


def test_connected_groups_joins_chains() -> None:
    found = connected_groups([("phone", [B, C]), ("email", [A, D]), ("email", [C, D])])
    assert [(one.client_ids, one.shared_by) for one in found] == [
        ([A, B, C, D], ["email", "phone"])
    ]
    apart = connected_groups([("phone", [C, D]), ("email", [A, B])])
    assert [one.client_ids for one in apart] == [[A, B], [C, D]]
    assert connected_groups([]) == []
