"""Dashboard page for publication, hiding and the slug of a profile."""

from fastapi import Depends
from fastapi.responses import Response

from escorts.dashboard_dependencies import limit_dashboard_submissions
from escorts.domain.publication import PublicationAction
from escorts.domain.slugs import MAX_PER_PROFILE
from escorts.pages.dashboard.context import (
    WRITES,
    ProviderContext,
    ProviderContextDep,
    dashboard_router,
)
from escorts.pages.dashboard.forms import ConsentForm, SlugForm
from escorts.pages.dashboard.overview import publication_badge, verification_summary
from kit import clock
from kit.errors import DomainError
from kit.pages import Form, FormErrors, handle_form, redirect

router = dashboard_router()


@router.get("/visibility")
async def visibility_page(context: ProviderContextDep) -> Response:
    """Show the publication state and the slug."""
    return _render_visibility(context)


@router.post("/visibility/submit", dependencies=[Depends(limit_dashboard_submissions)])
async def submit_profile(context: ProviderContextDep) -> Response:
    """Agree, publish, and request verification."""
    return await _agree_and_publish(context, submit=True)


@router.post("/visibility/publish", dependencies=WRITES)
async def publish_profile(context: ProviderContextDep) -> Response:
    """Agree, and publish again."""
    return await _agree_and_publish(context, submit=False)


@router.post("/visibility/withdraw", dependencies=WRITES)
async def withdraw_profile(context: ProviderContextDep) -> Response:
    """Withdraw the profile and the consent."""
    return _apply_action(context, PublicationAction.WITHDRAW)


@router.post("/visibility/hide", dependencies=WRITES)
async def hide_profile(context: ProviderContextDep) -> Response:
    """Hide the profile for a while."""
    return _apply_action(context, PublicationAction.HIDE)


@router.post("/visibility/show", dependencies=WRITES)
async def show_profile(context: ProviderContextDep) -> Response:
    """Show the profile again."""
    return _apply_action(context, PublicationAction.SHOW)


@router.post("/visibility/address", dependencies=WRITES)
async def change_slug(context: ProviderContextDep) -> Response:
    """Change the profile's slug."""

    def change(form: SlugForm) -> Response:
        owner = context.owner.user_id
        profile = context.profile_service.get_own_for_update(owner, context.profile.id)
        moved = context.settings_service.change_slug(owner, profile.id, profile.version, form.slug)
        done = "saved" if moved.slug == profile.slug else "renamed"
        return redirect(f"/{moved.slug}/admin/visibility?done={done}")

    return await handle_form(
        context.request,
        SlugForm,
        change,
        lambda form, status: _render_visibility(context, status, address=form),
        prefix="address",
    )


async def _agree_and_publish(context: ProviderContext, *, submit: bool) -> Response:
    act = context.profile_service.submit if submit else context.profile_service.publish

    def agree(form: ConsentForm) -> Response:
        act(context.owner.user_id, context.profile.id, form.consent_version)
        return context.redirect("visibility", "submitted" if submit else "published")

    return await handle_form(
        context.request,
        ConsentForm,
        agree,
        lambda form, status: _render_visibility(context, status, consent=form),
    )


def _apply_action(context: ProviderContext, action: PublicationAction) -> Response:
    try:
        context.profile_service.apply_action(context.owner.user_id, context.profile.id, action)
    except DomainError as error:
        return _render_visibility(
            context, error.status, publication=FormErrors({}, {"": error.message})
        )
    return context.redirect("visibility", action)


def _render_visibility(context: ProviderContext, status: int = 200, **forms: Form) -> Response:
    overview = context.profile_service.get_overview(context.profile)
    codes = {item.code for item in overview.checklist}
    waits = any(item.code == "verification" and item.waiting for item in overview.checklist)
    missing = [item.text for item in overview.checklist if item.code in _CONTENT_CODES]
    # Verification is requested together with publishing, unless one is pending or still valid.
    to_submit = "verification" in codes and not waits
    latest = overview.verification
    renews = latest is not None and not to_submit and latest.is_renewable(clock.now())
    slugs = context.profile_service.profiles.list_slugs(context.profile.id)
    empty = {
        "consent": Form(),
        "publication": Form(),
        "address": Form({"slug": context.profile.slug}, prefix="address"),
    }
    return context.render(
        "dashboard_visibility.html",
        status,
        overview=overview,
        state=publication_badge(overview),
        verification=verification_summary(overview.verification),
        missing=missing,
        asks_to_submit=to_submit,
        asks_to_publish=not to_submit and bool(codes & {"publish", "consent"}),
        renews=renews,
        former=[slug for slug in slugs if slug != context.profile.slug],
        changes_left=MAX_PER_PROFILE - len(slugs),
        **(empty | forms),
    )


_CONTENT_CODES = frozenset({"bio", "languages", "services", "rates", "locations", "availability"})
