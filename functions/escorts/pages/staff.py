"""Pages of staff: the verification queue, and one profile with all decisions about it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from escorts.dashboard_dependencies import ModerationDep, Staff, SuspendingStaff
from escorts.domain.publication import PublicationStatus
from escorts.domain.verification import (
    MAX_CHECK_AGE,
    OPEN_STATUSES,
    VerificationChecks,
    VerificationStatus,
)
from escorts.pages.forms import ReasonForm, VerifyForm, pages
from escorts.pages.labels import (
    PUBLICATION_LABELS,
    STAFF_VENUE_LABELS,
    VERIFICATION_LABELS,
    build_profile_view,
    render_avatar,
)
from escorts.service.moderation import Moderation, VerificationDecision
from kit.auth import Principal
from kit.errors import DomainError, NotFound
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors, handle_form, redirect

PER_PAGE = 50
router = APIRouter(prefix="/staff/verification", include_in_schema=False)
_DONE = {
    "in_review": N_("Taken into review."),
    "verified": N_("Verified."),
    "rejected": N_("Rejected. The provider reads your reason."),
    "revoked": N_("Revoked. The profile is no longer public."),
    "suspended": N_("Suspended. The profile is no longer public."),
    "restored": N_("Restored."),
}
_INPUT_FORMAT = "%Y-%m-%dT%H:%M"


@router.get("")
async def queue_page(
    request: Request, _staff: Staff, moderation: ModerationDep, cursor: str = "", find: str = ""
) -> Response:
    """Show the verification queue, the longest waiting first; with `find`, redirect to one profile."""
    form = Form({"find": find})
    if find:
        try:
            return redirect(f"/staff/verification/{moderation.get_profile(_last_segment(find)).id}")
        except NotFound as error:
            form = Form({"find": find}, {"find": error.message})
    waiting, following = moderation.list_pending(cursor or None, PER_PAGE)
    return pages.render(
        request,
        "staff_verification_queue.html",
        404 if form.errors else 200,
        waiting=waiting,
        form=form,
        next_url=f"/staff/verification?cursor={following}" if following else "",
        done=_(_DONE.get(request.query_params.get("done", ""), "")),
    )


@router.get("/{profile_id}")
async def case_page(
    request: Request, profile_id: UUID, staff: Staff, moderation: ModerationDep
) -> Response:
    """Show a profile with its birth date; the access is logged."""
    return _render_profile(request, moderation, staff, profile_id)


@router.post("/{profile_id}/review")
async def take_into_review(
    request: Request, profile_id: UUID, staff: Staff, moderation: ModerationDep
) -> Response:
    """Take a request into review."""
    try:
        moderation.decide(staff.user_id, profile_id, VerificationDecision.IN_REVIEW)
    except DomainError as error:
        form = FormErrors({}, {"": error.message}, prefix="verify")
        return _render_profile(request, moderation, staff, profile_id, error.status, verify=form)
    return redirect(f"/staff/verification/{profile_id}?done=in_review")


@router.post("/{profile_id}/verify")
async def verify(
    request: Request, profile_id: UUID, staff: Staff, moderation: ModerationDep
) -> Response:
    """Verify the provider."""

    def decide(form: VerifyForm) -> Response:
        # "Valid until" includes that day, as far as the checks are valid.
        end = datetime.combine(form.expires_on, time.max, UTC)
        latest = min(form.document_checked_at, form.liveness_checked_at) + MAX_CHECK_AGE
        checks = VerificationChecks(
            form.document_checked_at, form.liveness_checked_at, min(end, latest)
        )
        moderation.decide(staff.user_id, profile_id, VerificationDecision.VERIFIED, checks=checks)
        return redirect("/staff/verification?done=verified")

    return await handle_form(
        request,
        VerifyForm,
        decide,
        lambda form, status: _render_profile(
            request, moderation, staff, profile_id, status, verify=form
        ),
        prefix="verify",
    )


@router.post("/{profile_id}/reject")
async def reject(
    request: Request, profile_id: UUID, staff: Staff, moderation: ModerationDep
) -> Response:
    """Reject the request."""
    return await _decide_with_reason(request, moderation, staff, profile_id, "rejected")


@router.post("/{profile_id}/revoke")
async def revoke(
    request: Request, profile_id: UUID, staff: Staff, moderation: ModerationDep
) -> Response:
    """Revoke a verification."""
    return await _decide_with_reason(request, moderation, staff, profile_id, "revoked")


@router.post("/{profile_id}/suspend")
async def suspend(
    request: Request, profile_id: UUID, staff: SuspendingStaff, moderation: ModerationDep
) -> Response:
    """Suspend the profile."""
    return await _decide_with_reason(request, moderation, staff, profile_id, "suspended")


@router.post("/{profile_id}/restore")
async def restore(
    request: Request, profile_id: UUID, staff: SuspendingStaff, moderation: ModerationDep
) -> Response:
    """Lift a suspension."""
    return await _decide_with_reason(request, moderation, staff, profile_id, "restored")


async def _decide_with_reason(
    request: Request, moderation: Moderation, staff: Principal, profile_id: UUID, what: str
) -> Response:
    def decide(form: ReasonForm) -> Response:
        _decide(moderation, staff.user_id, profile_id, what, form.reason)
        return redirect(f"/staff/verification/{profile_id}?done={what}")

    return await handle_form(
        request,
        ReasonForm,
        decide,
        lambda form, status: _render_profile(
            request, moderation, staff, profile_id, status, **{what: form}
        ),
        prefix=what,
    )


def _decide(moderation: Moderation, staff: UUID, profile_id: UUID, what: str, reason: str) -> None:
    match what:
        case "suspended":
            moderation.suspend(staff, profile_id, reason)
        case "restored":
            moderation.restore(staff, profile_id, reason)
        case _:
            moderation.decide(staff, profile_id, VerificationDecision(what), reason=reason)


def _render_profile(
    request: Request,
    moderation: Moderation,
    staff: Principal,
    profile_id: UUID,
    status: int = 200,
    **forms: Form,
) -> Response:
    case = moderation.get_case(staff.user_id, profile_id)
    statuses = {item.status for item in case.history}
    return pages.render(
        request,
        "staff_profile.html",
        status,
        case=case,
        profile_view=build_profile_view(case.profile, STAFF_VENUE_LABELS),
        render_avatar=render_avatar,
        is_pending=bool(statuses & OPEN_STATUSES),
        status_label=_(PUBLICATION_LABELS[case.profile.publication.status]),
        verification_labels=VERIFICATION_LABELS,
        is_verified=VerificationStatus.VERIFIED in statuses,
        is_suspended=case.profile.publication.status is PublicationStatus.SUSPENDED,
        done=_(_DONE.get(request.query_params.get("done", ""), "")),
        **(_empty_forms(moderation) | forms),
    )


def _empty_forms(moderation: Moderation) -> dict[str, Any]:
    now = moderation.now()
    moment = now.strftime(_INPUT_FORMAT)
    shown = {
        "documentCheckedAt": moment,
        "livenessCheckedAt": moment,
        "expiresOn": (now + MAX_CHECK_AGE - timedelta(days=1)).date().isoformat(),
    }
    names = ("rejected", "revoked", "suspended", "restored")
    return {"verify": Form(shown, prefix="verify")} | {name: Form(prefix=name) for name in names}


def _last_segment(text: str) -> str:
    """Return the last segment of a pasted address, slug or id."""
    return text.strip().rstrip("/").rpartition("/")[2].lower()
