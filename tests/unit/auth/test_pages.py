"""Where a page may lead."""

import pytest

from kit.pages import safe_path


@pytest.mark.parametrize("path", ["/", "/account", "/mira-valen?from=mail"])
def test_paths_of_this_site(path: str) -> None:
    assert safe_path(path, "/otherwise") == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "account",
        "//evil.test",
        "/\\evil.test",
        "https://evil.test",
        "/a\r\nSet-Cookie: x",
    ],
)
def test_everything_else_leads_home(path: str | None) -> None:
    assert safe_path(path, "/otherwise") == "/otherwise"
