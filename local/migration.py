"""Look-up of the function that a deployment invokes to migrate the database."""

from __future__ import annotations

from local.template import Template

__all__ = ["migration_function"]


def migration_function(template: Template) -> str | None:
    """Return the function that the migration's custom resource invokes through its provider."""
    for custom in template.resources("Custom::DatabaseMigrations"):
        provider = template.assembly.trace(custom, custom.properties["ServiceToken"])
        variables = provider.properties["Environment"]["Variables"]
        called = template.assembly.trace(provider, variables["USER_ON_EVENT_FUNCTION_ARN"])
        return template.function_name(called)
    return None
