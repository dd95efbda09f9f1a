"""Server-rendered pages: layout, macros, static file names, forms and the error page.

    pages = TemplateRenderer("auth")                    # templates in functions/auth/templates
    pages.render(request, "login.html", form=Form())    # not cached, unless cache_seconds is given

Kit's own templates are reached under `kit/`: `{% extends "kit/private_layout.html" %}`,
`{% from "kit/macros.html" import field, button %}`. See docs/pages.md.
"""

from kit.pages.form import UNPROCESSABLE, Form, FormErrors, read_form
from kit.pages.form_handler import EmptyForm, VersionForm, handle_form
from kit.pages.problem import render_problem
from kit.pages.redirect import redirect, safe_path
from kit.pages.renderer import TemplateRenderer

__all__ = [
    "UNPROCESSABLE",
    "EmptyForm",
    "Form",
    "FormErrors",
    "TemplateRenderer",
    "VersionForm",
    "handle_form",
    "read_form",
    "redirect",
    "render_problem",
    "safe_path",
]
