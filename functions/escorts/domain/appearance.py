"""How a provider's own page looks: colours and an arrangement, chosen from what the house offers."""

from dataclasses import dataclass
from enum import StrEnum


class Theme(StrEnum):
    """A set of colours; each has a light and a dark side with the contrast that reading needs."""

    HOUSE = "house"
    HARBOUR = "harbour"
    GARDEN = "garden"
    EMBER = "ember"
    SLATE = "slate"


class Layout(StrEnum):
    """An arrangement of the same parts; what is said stays the same."""

    PORTRAIT = "portrait"
    LETTER = "letter"
    BANNER = "banner"


@dataclass(frozen=True, slots=True)
class Appearance:
    """What was chosen; without a choice, the house's own."""

    theme: Theme = Theme.HOUSE
    layout: Layout = Layout.PORTRAIT
