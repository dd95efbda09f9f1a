"""Which function a deployment would invoke to bring the database to its schema."""

from __future__ import annotations

from local.template import Template

__all__ = ["migration_function"]


def migration_function(template: Template) -> str | None:
    """Follow the custom resource to its provider, and the provider to the function it calls."""
    for custom in template.resources("Custom::DatabaseMigrations"):
        provider = template.assembly.trace(custom, custom.properties["ServiceToken"])
        variables = provider.properties["Environment"]["Variables"]
        called = template.assembly.trace(provider, variables["USER_ON_EVENT_FUNCTION_ARN"])
        return template.function_name(called)
    return None
