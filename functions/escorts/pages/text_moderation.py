"""Page of moderators: pending text reviews and the decisions about them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from escorts.domain.text_moderation import TextDecision, field_label
from escorts.moderation_dependencies import Moderator, TextModerationDep
from escorts.pages.forms import pages
from escorts.schemas.fields import Reason
from escorts.service.text_moderation import TextModeration
from kit.auth import Principal
from kit.errors import DomainError
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, handle_form, redirect

PER_PAGE = 20
router = APIRouter(prefix="/staff/texts", include_in_schema=False)
_DONE = {
    "allowed": N_("Allowed."),
    "refused": N_(
        "Refused. The provider reads your reason; the profile is hidden until the text changes."
    ),
}
_REASONS = {
    "minors": N_("May be about minors"),
    "coercion": N_("May be about coercion"),
    "third-party": N_("A third party may be answering"),
}
type ContentDigest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class AllowForm(Body):
    """Form to allow a text."""

    seen: ContentDigest


class RefuseForm(Body):
    """Form to refuse a text."""

    seen: ContentDigest
    reason: Annotated[Reason, Field(title=N_("Reason"))]


@router.get("")
async def texts_page(
    request: Request, _staff: Moderator, moderation: TextModerationDep, cursor: str = ""
) -> Response:
    """Show pending text reviews, the longest waiting first."""
    return _render_queue(request, moderation, cursor)


@router.post("/{review_id}/allow")
async def allow_text(
    request: Request, review_id: UUID, staff: Moderator, moderation: TextModerationDep
) -> Response:
    """Allow a text."""
    return await _decide(request, moderation, staff, review_id, AllowForm)


@router.post("/{review_id}/refuse")
async def refuse_text(
    request: Request, review_id: UUID, staff: Moderator, moderation: TextModerationDep
) -> Response:
    """Refuse a text."""
    return await _decide(request, moderation, staff, review_id, RefuseForm)


async def _decide(
    request: Request,
    moderation: TextModeration,
    staff: Principal,
    review_id: UUID,
    model: type[AllowForm] | type[RefuseForm],
) -> Response:
    def decide(form: AllowForm | RefuseForm) -> Response:
        refused = isinstance(form, RefuseForm)
        decision = TextDecision.REFUSED if refused else TextDecision.ALLOWED
        reason = form.reason if isinstance(form, RefuseForm) else None
        try:
            moderation.decide(staff.user_id, review_id, decision, seen=form.seen, reason=reason)
        except DomainError as error:
            # The review may have left the list: the error stands above the list.
            return _render_queue(request, moderation, "", error.status, {}, error.message)
        return redirect(f"/staff/texts?done={decision}")

    return await handle_form(
        request,
        model,
        decide,
        lambda form, status: _render_queue(request, moderation, "", status, {review_id: form}),
        prefix=str(review_id),
    )


def _render_queue(
    request: Request,
    moderation: TextModeration,
    cursor: str,
    status: int = 200,
    forms: dict[UUID, Form] | None = None,
    problem: str = "",
) -> Response:
    waiting, following = moderation.list_pending(cursor or None, PER_PAGE)
    own = forms or {}
    return pages.render(
        request,
        "staff_text_reviews.html",
        status,
        waiting=[
            (item, own.get(item.review.id) or Form(prefix=str(item.review.id))) for item in waiting
        ],
        problem=Form(errors={"": problem} if problem else {}),
        reasons=_REASONS,
        field_label=field_label,
        next_url=f"/staff/texts?cursor={following}" if following else "",
        done=_(_DONE.get(request.query_params.get("done", ""), "")),
    )
