"""What the JSON API takes and says about a profile's address and look."""

from escorts.domain.appearance import Layout, Theme
from escorts.schemas.fields import Slug
from kit.http import Request, Response


class SlugBody(Request):
    """Another address. The former ones keep leading to the profile."""

    slug: Slug


class AppearanceBody(Request):
    """How the profile's page looks."""

    theme: Theme
    layout: Layout


class AppearanceView(Response):
    """How the profile's page looks."""

    theme: Theme
    layout: Layout
