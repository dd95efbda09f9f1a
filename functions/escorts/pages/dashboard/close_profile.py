"""Dashboard page to close a profile, with a typed confirmation."""

from typing import Annotated

from fastapi.responses import Response
from pydantic import Field, StringConstraints

from escorts.moderation_dependencies import AccountClosureDep
from escorts.pages.dashboard.context import (
    WRITES,
    ProviderContext,
    ProviderContextDep,
    dashboard_router,
)
from escorts.pages.forms import pages
from kit.http import Request as Body
from kit.i18n import N_
from kit.pages import Form, handle_form

router = dashboard_router()


class CloseForm(Body):
    """Form with the confirmation word, which cannot be typed by accident."""

    confirm: Annotated[
        str, StringConstraints(pattern="^(?i:close)$"), Field(title=N_("Confirmation"))
    ]


@router.get("/close")
async def close_page(context: ProviderContextDep) -> Response:
    """Explain the consequences of closing and ask for confirmation."""
    return _render_form(context, Form())


@router.post("/close", dependencies=WRITES)
async def close_profile(context: ProviderContextDep, closing: AccountClosureDep) -> Response:
    """Close the profile; the dashboard ends with it, so the confirmation is rendered here."""

    def close(_: CloseForm) -> Response:
        closing.close_own_profile(context.owner.user_id, context.profile.id)
        return pages.render(context.request, "profile_closed.html")

    return await handle_form(
        context.request, CloseForm, close, lambda form, status: _render_form(context, form, status)
    )


def _render_form(context: ProviderContext, form: Form, status: int = 200) -> Response:
    return context.render("dashboard_close_profile.html", status, form=form)
