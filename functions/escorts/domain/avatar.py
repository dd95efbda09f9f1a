"""An abstract picture for everybody, drawn from the id alone: the same id, the same picture."""

import hashlib
from uuid import UUID

SIZE = 320


def avatar_svg(profile_id: UUID) -> str:
    """Return an SVG of soft overlapping shapes; it says nothing about the person."""
    seed = hashlib.sha256(b"avatar|" + profile_id.bytes).digest()
    hue = int.from_bytes(seed[:2]) % 360
    shapes = "".join(_shape(seed[2 + 6 * index : 8 + 6 * index], hue) for index in range(4))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img"'
        f' aria-label="Abstract picture"><rect width="{SIZE}" height="{SIZE}"'
        f' fill="hsl({hue} 45% 32%)"/>{shapes}</svg>'
    )


def _shape(seed: bytes, hue: int) -> str:
    x, y, radius, turn, shade, kind = seed
    fill = f'fill="hsl({(hue + turn % 90 - 45) % 360} 55% {45 + shade % 35}%)" fill-opacity=".55"'
    cx, cy, r = x * SIZE // 255, y * SIZE // 255, 60 + radius * 110 // 255
    if kind % 2:
        return f'<circle cx="{cx}" cy="{cy}" r="{r}" {fill}/>'
    place = f'cx="{cx}" cy="{cy}" rx="{r}" ry="{r // 2}"'
    return f'<ellipse {place} {fill} transform="rotate({turn} {cx} {cy})"/>'
