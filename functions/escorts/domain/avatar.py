"""Abstract avatar of a profile, derived from its id: the same id gives the same picture."""

import hashlib
from uuid import UUID

WIDTH, HEIGHT = 320, 400


def avatar_svg(profile_id: UUID) -> str:
    """Return an SVG of a few soft shapes, which reveals nothing about the provider."""
    seed = hashlib.sha256(b"avatar|" + profile_id.bytes).digest()
    hue = int.from_bytes(seed[:2]) % 360
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' preserveAspectRatio="xMidYMid slice" aria-hidden="true">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="hsl({hue} 28% 78%)"/>'
        f"{_draw_circle(seed[2:6], hue)}{_draw_hill(seed[6:10], hue - 14, 52)}{_draw_hill(seed[10:14], hue - 26, 38)}"
        "</svg>"
    )


def _draw_circle(seed: bytes, hue: int) -> str:
    x, y, radius, shade = seed
    fill = f"hsl({(hue + 24) % 360} 36% {56 + shade % 16}%)"
    return (
        f'<circle cx="{60 + x * 200 // 255}" cy="{70 + y * 120 // 255}"'
        f' r="{60 + radius * 70 // 255}" fill="{fill}"/>'
    )


def _draw_hill(seed: bytes, hue: int, lightness: int) -> str:
    left, right, bend, lift = seed
    begin, end = 230 + left * 120 // 255, 230 + right * 120 // 255
    control = f"{60 + bend * 200 // 255} {110 + lift * 200 // 255}"
    fill = f"hsl({hue % 360} 30% {lightness}%)"
    path = f"M0 {begin}Q{control} {WIDTH} {end}V{HEIGHT}H0z"
    return f'<path d="{path}" fill="{fill}" fill-opacity=".9"/>'
