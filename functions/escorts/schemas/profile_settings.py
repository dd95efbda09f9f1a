"""Slug and appearance of a profile in the JSON API."""

from escorts.domain.appearance import Layout, Theme
from escorts.schemas.fields import Slug
from kit.http import Request, Response


class SlugBody(Request):
    """New slug. Former ones keep redirecting to the profile."""

    slug: Slug


class AppearanceBody(Request):
    """Appearance of the profile's page."""

    theme: Theme
    layout: Layout


class AppearanceView(Response):
    """Appearance of the profile's page."""

    theme: Theme
    layout: Layout
