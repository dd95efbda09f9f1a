"""What of two entries stays, and who may be one person."""

from uuid import UUID

from crm.domain.clients import Details, Standing
from crm.domain.duplicates import linked
from crm.domain.enums import CommunicationPreference, ScreeningStatus
from crm.domain.merging import LONGEST_TEXT, united, united_standing

A, B, C, D = (UUID(int=number) for number in range(1, 5))


def test_both_accounts_and_both_rows_of_imports_lead_to_who_stays() -> None:
    kept = Details(name="Leo", account_id=A, import_key="row 1")
    gone = Details(name="Leon", account_id=B, import_key="row 2", merged_import_keys=("row 3",))
    both = united(kept, gone)
    assert (both.account_id, both.merged_accounts) == (A, (B,))
    assert (both.import_key, both.merged_import_keys) == ("row 1", ("row 2", "row 3"))
    assert Details.of(both.document()) == both
    assert {("account", A.hex), ("account", B.hex), ("import", "row 3")} <= both.tokens()
    assert united(Details(name="Leo"), gone).account_id == B


def test_two_of_one_name_have_no_alias() -> None:
    assert united(Details(name="Leo"), Details(name="Leo", aliases=("L",))).aliases == ("L",)


def test_texts_that_are_too_long_together_stay_apart() -> None:
    long = Details(name="Leo", notes="a" * LONGEST_TEXT)
    assert united(long, Details(name="Leon", notes="b")).notes == long.notes
    assert united(Details(name="Leo", notes="b"), Details(name="Leon", notes="b")).notes == "b"


def test_a_rejection_and_a_refusal_outlast_a_merge() -> None:
    warned = Standing(
        screening_status=ScreeningStatus.REJECTED,
        communication_preference=CommunicationPreference.NO_CONTACT,
    )
    trusted = Standing(screening_status=ScreeningStatus.APPROVED)
    for kept, gone in ((warned, trusted), (trusted, warned)):
        both = united_standing(kept, gone)
        assert both.screening_status is ScreeningStatus.REJECTED
        assert both.communication_preference is CommunicationPreference.NO_CONTACT
    assert united_standing(Standing(), trusted).screening_status is ScreeningStatus.APPROVED
    assert united_standing(trusted, Standing()).screening_status is ScreeningStatus.APPROVED


def test_chains_of_what_is_shared_are_one_group() -> None:
    found = linked([("phone", [B, C]), ("email", [A, D]), ("email", [C, D])])
    assert [(one.client_ids, one.shared_by) for one in found] == [
        ([A, B, C, D], ["email", "phone"])
    ]
    apart = linked([("phone", [C, D]), ("email", [A, B])])
    assert [one.client_ids for one in apart] == [[A, B], [C, D]]
    assert linked([]) == []
