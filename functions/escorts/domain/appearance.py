"""Appearance of a profile's page: a theme and a layout, chosen from those that the platform offers."""

from dataclasses import dataclass
from enum import StrEnum


class Theme(StrEnum):
    """Set of colours; each has a light and a dark variant with the contrast that reading needs."""

    HOUSE = "house"
    HARBOUR = "harbour"
    GARDEN = "garden"
    EMBER = "ember"
    SLATE = "slate"


class Layout(StrEnum):
    """Arrangement of the same parts of a page; the content does not change."""

    PORTRAIT = "portrait"
    LETTER = "letter"
    BANNER = "banner"


@dataclass(frozen=True, slots=True)
class Appearance:
    """Theme and layout of a profile; the platform defaults without a choice."""

    theme: Theme = Theme.HOUSE
    layout: Layout = Layout.PORTRAIT
