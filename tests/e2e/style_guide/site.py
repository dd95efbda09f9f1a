"""Site of the style guide: kit's own pages under the product's content security policy, without a server."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Route
from starlette.requests import Request

from kit.http.middleware import CONTENT_SECURITY_POLICY
from kit.pages import Form, FormErrors, TemplateRenderer, render_problem
from web.build import DIST

ORIGIN = "http://hellomahi.localhost"
_TYPES = {
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_PEOPLE = [
    ("Mariana", 34, "Chiado", "€ 280", 12),
    ("Ilse", 29, "Alfama", "€ 350", 210),
    ("Zofia", 41, "Łódź, visiting", "€ 300", 330),
    ("Amara", 38, "Belém", "€ 420", 40),
    ("Noor", 26, "Estrela", "€ 260", 160),
]
_REFUSED = FormErrors(
    {"email": "someone@"},
    {
        "email": "Enter an address like name@example.org.",
        "password": "Fill this in.",
        "": "We could not create the account.",
    },
    {"email": "E-mail", "password": "Password"},
)


def guide() -> str:
    """Return the style guide."""
    pages = TemplateRenderer("kit.pages")
    source = (Path(__file__).parent / "style_guide.html").read_text("utf-8")
    return pages.environment.from_string(source).render(
        path="/",
        form=Form({"about": "Hello.\nTwo lines.", "languages": ["en"]}),
        refused=_REFUSED,
        people=_PEOPLE,
    )


def problem(path: str, *, partial: bool = False) -> str:
    """Return the error page, or its fragment."""
    headers = [(b"hx-request-type", b"partial")] if partial else []
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    page = render_problem(
        Request(scope), 404, "Not Found", "There is nothing at this address.", "0199-ab"
    )
    return bytes(page.body).decode()


@dataclass
class Site:
    """Site that responds to a browser's requests and records them."""

    chip: str = '<a href="/account">Ada</a>'
    requests: list[str] = field(default_factory=list)

    def serve(self, context: BrowserContext) -> None:
        """Serve the requests of `context`."""
        context.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        self.requests.append(f"{route.request.method} {url.netloc}{url.path}")
        if url.path.startswith("/static/"):
            file = DIST / url.path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=_TYPES[file.suffix])
            return
        status, text = self._page(url.path)
        headers = {
            "content-type": _TYPES[".html"],
            "content-security-policy": CONTENT_SECURITY_POLICY,
        }
        route.fulfill(status=status, body=text, headers=headers)

    def _page(self, path: str) -> tuple[int, str]:
        match path:
            case "/":
                return 200, guide()
            case "/_account-chip":
                return 200, self.chip
            case "/_results":
                return 200, '<article class="profile-card"><h3>Lena, 33</h3></article>'
            case "/_missing":
                return 404, problem(path, partial=True)
            case _:
                return 404, problem(path)
