"""Safe redirect paths."""

import pytest

from kit.pages import safe_path


@pytest.mark.parametrize("path", ["/", "/account", "/mira-valen?from=mail"])
def test_safe_path_path_of_this_site_is_returned(path: str) -> None:
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
def test_safe_path_other_text_returns_the_default(path: str | None) -> None:
    assert safe_path(path, "/otherwise") == "/otherwise"
