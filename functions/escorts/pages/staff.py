"""Pages of staff: who waits to be verified, and one profile with everything to decide about it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from escorts.dashboard_dependencies import Staff, StaffSide, Warden
from escorts.domain.publication import Status
from escorts.domain.verification import LONGEST, OPEN, Checks, VerificationStatus
from escorts.pages.forms import REFUSED, ReasonForm, VerifyForm, see, show
from escorts.pages.labels import build_profile_view, render_avatar
from escorts.service.moderation import Decision, Moderation
from kit.auth import Principal
from kit.errors import DomainError, NotFound
from kit.pages import Form, FormErrors, read_form

PER_PAGE = 50
router = APIRouter(prefix="/staff/verification", include_in_schema=False)
_DONE = {
    "in_review": "You have taken it into review.",
    "verified": "Verified.",
    "rejected": "Rejected. The provider reads your reason.",
    "revoked": "Revoked. The profile is no longer public.",
    "suspended": "Suspended. The profile is no longer public.",
    "restored": "Restored.",
}
_INPUT = "%Y-%m-%dT%H:%M"


@router.get("")
async def queue_page(
    request: Request, _staff: Staff, moderation: StaffSide, cursor: str = "", find: str = ""
) -> Response:
    """Show who waits, longest first; with `find`, go to one profile."""
    form = Form({"find": find})
    if find:
        try:
            return see(f"/staff/verification/{moderation.profile(_address(find)).id}")
        except NotFound as error:
            form = Form({"find": find}, {"find": error.message})
    waiting, following = moderation.queue(cursor or None, PER_PAGE)
    return show(
        request,
        "staff_queue.html",
        404 if form.errors else 200,
        waiting=waiting,
        form=form,
        next_url=f"/staff/verification?cursor={following}" if following else "",
        done=_DONE.get(request.query_params.get("done", ""), ""),
    )


@router.get("/{profile_id}")
async def case_page(
    request: Request, profile_id: UUID, staff: Staff, moderation: StaffSide
) -> Response:
    """Show a profile with its birth date; that it was read is logged."""
    return _case(request, moderation, staff, profile_id)


@router.post("/{profile_id}/review")
async def review(
    request: Request, profile_id: UUID, staff: Staff, moderation: StaffSide
) -> Response:
    """Take a request into review."""
    try:
        moderation.decide(staff.user_id, profile_id, Decision.IN_REVIEW)
    except DomainError as error:
        return _refused(request, moderation, staff, profile_id, error)
    return see(f"/staff/verification/{profile_id}?done=in_review")


@router.post("/{profile_id}/verify")
async def verify(
    request: Request, profile_id: UUID, staff: Staff, moderation: StaffSide
) -> Response:
    """Verify."""
    form = await read_form(request, VerifyForm, prefix="verify")
    if isinstance(form, FormErrors):
        return _case(request, moderation, staff, profile_id, REFUSED, verify=form)
    # "Valid until" a day includes that day, as far as the checks reach.
    end = datetime.combine(form.expires_on, time.max, UTC)
    latest = min(form.document_checked_at, form.liveness_checked_at) + LONGEST
    checks = Checks(form.document_checked_at, form.liveness_checked_at, min(end, latest))
    try:
        moderation.decide(staff.user_id, profile_id, Decision.VERIFIED, checks=checks)
    except DomainError as error:
        refused = FormErrors.from_error(error, form, prefix="verify")
        return _case(request, moderation, staff, profile_id, error.status, verify=refused)
    return see("/staff/verification?done=verified")


@router.post("/{profile_id}/reject")
async def reject(
    request: Request, profile_id: UUID, staff: Staff, moderation: StaffSide
) -> Response:
    """Reject."""
    return await _with_reason(request, moderation, staff, profile_id, "rejected")


@router.post("/{profile_id}/revoke")
async def revoke(
    request: Request, profile_id: UUID, staff: Staff, moderation: StaffSide
) -> Response:
    """Revoke a verification."""
    return await _with_reason(request, moderation, staff, profile_id, "revoked")


@router.post("/{profile_id}/suspend")
async def suspend(
    request: Request, profile_id: UUID, staff: Warden, moderation: StaffSide
) -> Response:
    """Suspend the profile."""
    return await _with_reason(request, moderation, staff, profile_id, "suspended")


@router.post("/{profile_id}/restore")
async def restore(
    request: Request, profile_id: UUID, staff: Warden, moderation: StaffSide
) -> Response:
    """Lift a suspension."""
    return await _with_reason(request, moderation, staff, profile_id, "restored")


async def _with_reason(
    request: Request, moderation: Moderation, staff: Principal, profile_id: UUID, what: str
) -> Response:
    form = await read_form(request, ReasonForm, prefix=what)
    if isinstance(form, FormErrors):
        return _case(request, moderation, staff, profile_id, REFUSED, **{what: form})
    try:
        _decide(moderation, staff.user_id, profile_id, what, form.reason)
    except DomainError as error:
        refused = FormErrors.from_error(error, form, prefix=what)
        return _case(request, moderation, staff, profile_id, error.status, **{what: refused})
    return see(f"/staff/verification/{profile_id}?done={what}")


def _decide(moderation: Moderation, staff: UUID, profile_id: UUID, what: str, reason: str) -> None:
    match what:
        case "suspended":
            moderation.suspend(staff, profile_id, reason)
        case "restored":
            moderation.restore(staff, profile_id, reason)
        case _:
            moderation.decide(staff, profile_id, Decision(what), reason=reason)


def _refused(
    request: Request,
    moderation: Moderation,
    staff: Principal,
    profile_id: UUID,
    error: DomainError,
) -> Response:
    form = FormErrors({}, {"": error.message}, prefix="verify")
    return _case(request, moderation, staff, profile_id, error.status, verify=form)


def _case(
    request: Request,
    moderation: Moderation,
    staff: Principal,
    profile_id: UUID,
    status: int = 200,
    **forms: Form,
) -> Response:
    case = moderation.case(staff.user_id, profile_id)
    statuses = {item.status for item in case.history}
    return show(
        request,
        "staff_case.html",
        status,
        case=case,
        profile_view=build_profile_view(case.profile),
        render_avatar=render_avatar,
        waits=bool(statuses & OPEN),
        is_verified=VerificationStatus.VERIFIED in statuses,
        is_suspended=case.profile.standing.status is Status.SUSPENDED,
        done=_DONE.get(request.query_params.get("done", ""), ""),
        **(_forms(moderation) | forms),
    )


def _forms(moderation: Moderation) -> dict[str, Any]:
    now = moderation.now()
    moment = now.strftime(_INPUT)
    shown = {
        "documentCheckedAt": moment,
        "livenessCheckedAt": moment,
        "expiresOn": (now + LONGEST - timedelta(days=1)).date().isoformat(),
    }
    names = ("rejected", "revoked", "suspended", "restored")
    return {"verify": Form(shown, prefix="verify")} | {name: Form(prefix=name) for name in names}


def _address(text: str) -> str:
    """Return the last part of what somebody pasted: an address, a slug or an id."""
    return text.strip().rstrip("/").rpartition("/")[2].lower()
