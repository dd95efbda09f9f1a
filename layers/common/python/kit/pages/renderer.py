"""Rendering of Jinja2 templates.

Jinja2 is imported for the first page, not at the function's start: the import costs a tenth of
FastAPI's, and an environment that only answers JSON never needs it.
"""

from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from kit import formats
from kit.http.caching import public_cache_control
from kit.i18n import SOURCE_LANGUAGE, current_language, gettext, ngettext, singular_or_plural
from kit.pages.assets import Assets, icon_svg
from kit.pages.form import UNPROCESSABLE, FormErrors

if TYPE_CHECKING:
    from jinja2 import Environment

_KIT_TEMPLATES = Path(__file__).parent / "templates"


class TemplateRenderer:
    """Renderer of a feature's templates, and of kit's own under `kit/`."""

    def __init__(self, package: str) -> None:
        self._folders = _template_folders(package)
        self._assets = _assets()

    def render(
        self,
        request: Request,
        template: str,
        status: int = 200,
        *,
        cache_seconds: int = 0,
        headers: dict[str, str] | None = None,
        **context: object,
    ) -> HTMLResponse:
        """Return the response with a rendered template.

        The response is not cacheable unless `cache_seconds` is given: only for a page that is the same
        for everyone. The CDN caches it for so long, a browser revalidates each time.
        """
        html = self.html(template, path=request.url.path, **context)
        # The cache's key has no language yet: only the source language may be kept.
        cacheable = cache_seconds > 0 and status == 200 and current_language() == SOURCE_LANGUAGE
        policy = public_cache_control(cache_seconds) if cacheable else "no-store"
        return HTMLResponse(html, status, {"Cache-Control": policy} | (headers or {}))

    def render_errors(
        self,
        request: Request,
        template: str,
        form: FormErrors,
        status: int = UNPROCESSABLE,
        **context: Any,
    ) -> HTMLResponse:
        """Render the form again with its errors; a status from 400 on rolls the transaction back."""
        wait = form.retry_after
        headers = {"retry-after": str(wait)} if wait is not None else None
        return self.render(request, template, status, headers=headers, form=form, **context)

    def html(self, template: str, **context: object) -> str:
        """Return the text of a template; every name it uses must be in the context."""
        return self.environment.get_template(template).render(**context)

    @cached_property
    def environment(self) -> "Environment":
        """Return the Jinja2 environment: it escapes everything, and an unknown name is an error."""
        from jinja2 import (
            ChoiceLoader,
            Environment,
            FileSystemLoader,
            PrefixLoader,
            StrictUndefined,
        )
        from markupsafe import Markup

        environment = Environment(
            loader=ChoiceLoader(
                [
                    PrefixLoader({"kit": FileSystemLoader(_KIT_TEMPLATES)}),
                    FileSystemLoader(self._folders),
                ]
            ),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_callables(gettext, _translate_count, newstyle=False)  # type: ignore[attr-defined]
        environment.globals.update(
            asset=self._assets.url,
            icon=lambda name: Markup(icon_svg(name)),  # noqa: S704 - our own files, never input
            current_language=current_language,
            formats=formats,
        )
        return environment


def _translate_count(singular: str, plural: str, count: int, /, **values: object) -> str:
    """Translate a text with a number; a block `{% trans %}` fills in its other values afterwards."""
    try:
        return ngettext(singular, plural, count, **values)
    except KeyError:
        return singular_or_plural(singular, plural, count)


def _template_folders(package: str) -> list[Path]:
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"no package {package!r} to take templates from")
    return [Path(place) / "templates" for place in spec.submodule_search_locations]


@cache
def _assets() -> Assets:
    return Assets.load()
