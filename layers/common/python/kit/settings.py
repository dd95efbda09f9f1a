"""Typed access to a function's environment variables.

Variables are read when needed, never at import: a missing variable then fails at the place that uses it.
"""

import os


class MissingSetting(RuntimeError):
    """Error: the template does not set a variable that the function reads."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"environment variable {name} is not set: declare it in the function's stack"
        )


def env_required(name: str) -> str:
    """Return the variable `name`, or raise `MissingSetting`."""
    value = os.environ.get(name, "")
    if not value:
        raise MissingSetting(name)
    return value


def env_optional(name: str, default: str = "") -> str:
    """Return the variable `name`, or `default` where it is unset or empty."""
    return os.environ.get(name) or default


def env_list(name: str) -> tuple[str, ...]:
    """Return the comma-separated items of the variable `name`, without blanks."""
    return tuple(item.strip() for item in os.environ.get(name, "").split(",") if item.strip())
